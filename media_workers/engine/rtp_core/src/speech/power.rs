//! Loudness: RMS over a sliding window of frames, of the audio without its constant part.

/// The average of the last frames.
#[derive(Debug)]
pub struct Power {
    window: Vec<f64>,
    next: usize,
    seen: usize,
    sum: f64,
}

impl Power {
    /// Over so many frames, at least one.
    #[must_use]
    pub fn new(frames: usize) -> Self {
        Power {
            window: vec![0.0; frames.max(1)],
            next: 0,
            seen: 0,
            sum: 0.0,
        }
    }

    /// Takes a frame.
    pub fn add(&mut self, pcm: &[i16]) {
        let count = pcm.len().max(1) as f64;
        let mean = pcm.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
        let square = |sample: &i16| (f64::from(*sample) - mean).powi(2);
        let rms = (pcm.iter().map(square).sum::<f64>() / count).sqrt();
        self.sum += rms - std::mem::replace(&mut self.window[self.next], rms);
        self.next = (self.next + 1) % self.window.len();
        self.seen += 1;
    }

    /// Frames that are averaged over.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.window.len()
    }

    /// So many have been seen.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.seen >= self.window.len()
    }

    /// Frames that have not come yet are silence.
    #[must_use]
    pub fn average(&self) -> f64 {
        self.sum / self.window.len() as f64
    }
}
