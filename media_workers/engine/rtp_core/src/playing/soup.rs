//! The playlist ("soup") as pure position arithmetic: pieces with start, stop and loops, and loops of the whole.
//!
//! Nothing here touches samples. A player asks [`Sequencer::next`] for up to a frame and is told which piece to copy
//! from where; after fail-over [`Sequencer::seek`] finds the same place again from the time played alone.

/// How often something is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plays {
    /// That many times; 0 counts as once, as an absent `loop` does.
    Times(u32),
    /// Until stopped.
    Forever,
}

impl From<u32> for Plays {
    /// As the bus says it: the largest number is for ever.
    fn from(times: u32) -> Self {
        if times == u32::MAX {
            Self::Forever
        } else {
            Self::Times(times)
        }
    }
}

impl Plays {
    fn count(self) -> u64 {
        match self {
            Self::Times(times) => u64::from(times.max(1)),
            Self::Forever => u64::MAX,
        }
    }
}

/// One piece of the list, in samples of the rate it will be played at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// First sample played.
    pub start: u64,
    /// Samples from `start` to the stop; 0 is an empty piece, which is passed over.
    pub len: u64,
    /// How often before the next piece.
    pub plays: Plays,
}

impl Piece {
    /// A piece of a sound of `total` samples between two times; a stop of `None` or past the end is the end.
    #[must_use]
    pub fn between(
        total: u64,
        rate_hz: u32,
        start_ms: u32,
        stop_ms: Option<u32>,
        plays: Plays,
    ) -> Self {
        let at = |ms: u32| (u64::from(ms) * u64::from(rate_hz) / 1000).min(total);
        let start = at(start_ms);
        let stop = stop_ms.map_or(total, at);
        Self {
            start,
            len: stop.saturating_sub(start),
            plays,
        }
    }

    fn total(&self) -> u64 {
        self.len.saturating_mul(self.plays.count())
    }
}

/// An unbroken stretch of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Index of the piece.
    pub piece: usize,
    /// First sample, counted from the beginning of the sound (not of the piece's `start`).
    pub from: u64,
    /// Samples; never 0.
    pub len: usize,
}

/// Walks through a soup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequencer {
    pieces: Vec<Piece>,
    /// Samples of one round of the whole.
    round: u64,
    rounds: u64,
    position: u64,
    /// Cursor: the same place as `position`, by piece, round of the piece, sample.
    piece: usize,
    play: u64,
    offset: u64,
}

impl Sequencer {
    /// At the beginning of the list.
    #[must_use]
    pub fn new(pieces: Vec<Piece>, plays: Plays) -> Self {
        let round = pieces
            .iter()
            .fold(0u64, |sum, piece| sum.saturating_add(piece.total()));
        let mut sequencer = Self {
            pieces,
            round,
            rounds: plays.count(),
            position: 0,
            piece: 0,
            play: 0,
            offset: 0,
        };
        sequencer.seek(0);
        sequencer
    }

    /// True if nothing at all would be heard.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.round == 0
    }

    /// Samples from first to last; `None` if it never ends.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        match self.round.saturating_mul(self.rounds) {
            u64::MAX => None,
            total => Some(total),
        }
    }

    /// Samples given so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether there is no more to give.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.is_empty() || self.total() == Some(self.position)
    }

    /// Goes to a position in samples from the beginning; past the end is the end.
    pub fn seek(&mut self, position: u64) {
        self.position = self.total().map_or(position, |total| position.min(total));
        if self.is_empty() {
            return;
        }
        let mut left = self.position % self.round;
        for (index, piece) in self.pieces.iter().enumerate() {
            if left < piece.total() {
                (self.piece, self.play, self.offset) = (index, left / piece.len, left % piece.len);
                return;
            }
            left -= piece.total();
        }
    }

    /// The next stretch of at most `wanted` samples, and moves behind it; `None` at the end. A stretch ends where its
    /// piece does: ask again until the frame is full.
    pub fn next(&mut self, wanted: usize) -> Option<Stretch> {
        if wanted == 0 || self.is_at_end() {
            return None;
        }
        let piece = self.pieces[self.piece];
        let len = (piece.len - self.offset).min(wanted as u64);
        let stretch = Stretch {
            piece: self.piece,
            from: piece.start + self.offset,
            len: len as usize,
        };
        self.position += len;
        self.offset += len;
        if self.offset == piece.len {
            self.end_of_play(piece);
        }
        Some(stretch)
    }

    fn end_of_play(&mut self, piece: Piece) {
        self.offset = 0;
        self.play += 1;
        if self.play < piece.plays.count() {
            return;
        }
        self.play = 0;
        loop {
            self.piece = (self.piece + 1) % self.pieces.len();
            if self.pieces[self.piece].len > 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(start: u64, len: u64, plays: u32) -> Piece {
        Piece {
            start,
            len,
            plays: Plays::Times(plays),
        }
    }

    fn drained(sequencer: &mut Sequencer, frame: usize, most: usize) -> Vec<(usize, u64)> {
        let mut samples = Vec::new();
        while samples.len() < most {
            let Some(stretch) = sequencer.next(frame) else {
                break;
            };
            assert!(stretch.len > 0 && stretch.len <= frame);
            samples.extend((0..stretch.len as u64).map(|n| (stretch.piece, stretch.from + n)));
        }
        samples
    }

    /// The definition, spelled out.
    fn expected(pieces: &[Piece], rounds: u32) -> Vec<(usize, u64)> {
        let mut samples = Vec::new();
        for _ in 0..rounds.max(1) {
            for (index, piece) in pieces.iter().enumerate() {
                for _ in 0..piece.plays.count() {
                    samples.extend(
                        (piece.start..piece.start + piece.len).map(|sample| (index, sample)),
                    );
                }
            }
        }
        samples
    }

    // covers: EN-058
    #[test]
    fn test_order_of_the_published_complex_soup() {
        let flat = Piece::between(160, 8000, 0, None, Plays::Times(2));
        let flat2 = Piece::between(320, 8000, 0, None, Plays::Times(1));
        let flat3 = Piece::between(1600, 8000, 40, Some(100), Plays::Times(1));
        let once = Piece {
            plays: Plays::Times(1),
            ..flat
        };
        let mut sequencer = Sequencer::new(vec![flat, flat2, once, flat3], Plays::Times(2));
        let mut heard: Vec<usize> = drained(&mut sequencer, 160, usize::MAX)
            .iter()
            .map(|(index, _)| *index)
            .collect();
        assert_eq!(heard.len(), 2 * (320 + 320 + 160 + 480));
        heard.dedup();
        assert_eq!(heard, [0, 1, 2, 3, 0, 1, 2, 3]);
    }

    #[test]
    fn test_start_and_stop_cut_the_piece() {
        assert_eq!(
            Piece::between(1600, 8000, 40, Some(100), Plays::Forever).start,
            320
        );
        assert_eq!(
            Piece::between(1600, 8000, 40, Some(100), Plays::Forever).len,
            480
        );
        assert_eq!(
            Piece::between(1600, 8000, 40, Some(9000), Plays::Forever).len,
            1280
        );
        assert_eq!(
            Piece::between(1600, 8000, 100, Some(40), Plays::Forever).len,
            0
        );
        assert_eq!(Piece::between(1600, 8000, 900, None, Plays::Forever).len, 0);
    }

    #[test]
    fn test_endless_whole_goes_on() {
        let mut sequencer = Sequencer::new(vec![piece(0, 3, 1), piece(5, 2, 1)], Plays::Forever);
        assert_eq!(sequencer.total(), None);
        assert_eq!(drained(&mut sequencer, 7, 5000).len(), 5000);
        assert_eq!(sequencer.position(), 5000);
    }

    #[test]
    fn test_endless_piece_keeps_the_rest_from_being_heard() {
        let endless = Piece {
            start: 0,
            len: 4,
            plays: Plays::Forever,
        };
        let mut sequencer = Sequencer::new(
            vec![piece(0, 2, 1), endless, piece(0, 9, 1)],
            Plays::Times(1),
        );
        assert!(drained(&mut sequencer, 5, 1000)
            .iter()
            .skip(2)
            .all(|(index, _)| *index == 1));
        sequencer.seek(1_000_000_003);
        assert_eq!(
            sequencer.next(1),
            Some(Stretch {
                piece: 1,
                from: 1,
                len: 1
            })
        );
    }

    // covers: EN-060
    #[test]
    fn test_nothing_but_empty_pieces_ends_at_once() {
        let mut sequencer = Sequencer::new(vec![piece(0, 0, 5), piece(7, 0, 1)], Plays::Forever);
        assert!(sequencer.is_empty());
        assert_eq!(sequencer.next(160), None);
        assert_eq!(Sequencer::new(Vec::new(), Plays::Forever).next(160), None);
    }

    proptest! {
        #[test]
        fn test_sequence_is_the_definition(
            pieces in prop::collection::vec((0u64..9, 0u64..9, 0u32..4), 0..6), rounds in 0u32..4, frame in 1usize..12,
        ) {
            let pieces: Vec<Piece> = pieces.into_iter().map(|(start, len, plays)| piece(start, len, plays)).collect();
            let wanted = expected(&pieces, rounds);
            let mut sequencer = Sequencer::new(pieces, Plays::Times(rounds));
            prop_assert_eq!(sequencer.total(), Some(wanted.len() as u64));
            prop_assert_eq!(drained(&mut sequencer, frame, usize::MAX), wanted);
            prop_assert_eq!(sequencer.next(frame), None);
        }

        #[test]
        fn test_seek_is_the_same_as_having_played(
            pieces in prop::collection::vec((0u64..9, 0u64..9, 0u32..4), 1..6), rounds in 1u32..4, place in 0usize..300,
        ) {
            let pieces: Vec<Piece> = pieces.into_iter().map(|(start, len, plays)| piece(start, len, plays)).collect();
            let wanted = expected(&pieces, rounds);
            let mut sequencer = Sequencer::new(pieces, Plays::Times(rounds));
            sequencer.seek(place as u64);
            let rest = wanted.get(place..).unwrap_or_default();
            prop_assert_eq!(drained(&mut sequencer, 5, usize::MAX), rest);
        }
    }
}
