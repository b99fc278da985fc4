//! Who is the speaker of a room: the loudest, for long enough that a cough or a short answer changes nothing.

use crate::mixing::mixer::MemberId;

/// Looks between two mentions; a look comes every 100 ms.
const LOOKS_TO_BEGIN: u8 = 3;
/// Looks at silence before nobody is the speaker.
const LOOKS_TO_CEASE: u8 = 10;

/// The one, and who is about to be.
#[derive(Debug, Default)]
pub struct ActiveSpeaker {
    current: Option<MemberId>,
    rival: Option<MemberId>,
    looks: u8,
}

/// Who ceased, and who began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// No more.
    pub ceased: Option<MemberId>,
    /// From now on.
    pub began: Option<MemberId>,
}

impl ActiveSpeaker {
    /// A look at who is the loudest now.
    pub fn look(&mut self, loudest: Option<MemberId>) -> Option<Change> {
        if loudest == self.current {
            self.looks = 0;
            self.rival = loudest;
            return None;
        }
        self.looks = if loudest == self.rival {
            self.looks.saturating_add(1)
        } else {
            1
        };
        self.rival = loudest;
        let needed = match loudest {
            Some(_) => LOOKS_TO_BEGIN,
            None => LOOKS_TO_CEASE,
        };
        if self.looks < needed {
            return None;
        }
        self.looks = 0;
        let ceased = std::mem::replace(&mut self.current, loudest);
        Some(Change {
            ceased,
            began: loudest,
        })
    }

    /// A member is gone; its number may be given anew.
    pub fn forget(&mut self, member: MemberId) {
        if self.current == Some(member) {
            self.current = None;
        }
        if self.rival == Some(member) {
            self.rival = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixing::mixer::{MemberSettings, Mixer};

    fn two() -> (MemberId, MemberId) {
        let mut mixer = Mixer::new();
        let mut add = || mixer.add(8000, MemberSettings::default()).unwrap();
        (add(), add())
    }

    fn looks(speaker: &mut ActiveSpeaker, who: Option<MemberId>, times: usize) -> Vec<Change> {
        (0..times).filter_map(|_| speaker.look(who)).collect()
    }

    #[test]
    fn the_loudest_for_a_while_is_the_speaker_and_a_cough_changes_nothing() {
        let (a, b) = two();
        let mut speaker = ActiveSpeaker::default();
        assert_eq!(looks(&mut speaker, Some(a), 2), []);
        let began = |ceased, began| Change { ceased, began };
        assert_eq!(looks(&mut speaker, Some(a), 5), [began(None, Some(a))]);
        assert_eq!(looks(&mut speaker, Some(b), 2), []);
        assert_eq!(looks(&mut speaker, Some(a), 1), []);
        assert_eq!(looks(&mut speaker, Some(b), 3), [began(Some(a), Some(b))]);
        assert_eq!(looks(&mut speaker, None, 9), []);
        assert_eq!(looks(&mut speaker, None, 1), [began(Some(b), None)]);
    }

    #[test]
    fn one_who_is_gone_is_forgotten() {
        let (a, b) = two();
        let mut speaker = ActiveSpeaker::default();
        looks(&mut speaker, Some(a), 3);
        speaker.forget(a);
        let change = looks(&mut speaker, Some(b), 3);
        assert_eq!(change[0].ceased, None);
    }
}
