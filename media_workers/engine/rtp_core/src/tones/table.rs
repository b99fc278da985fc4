//! Tones by name: call progress tones of the countries after ITU-T E.180 Supplement 2, digits, fax and special tones.
//!
//! A name is `<country>.<tone>` (`uk.ringing`, `us.busy`), `dtmf.<digit>` or one of the plain names. One round of the
//! cadence is given; whoever plays it loops it.

use crate::tones::tone::{Tone, ToneError};

/// Peak of a call progress tone: −10 dBm0, where full scale is +3.14 dBm0.
const LEVEL: f64 = 0.22;
/// Of a digit: −9 and −7 dBm0 are asked for; the sum of two equal sines of −9 dBm0.
const DIGIT_LEVEL: f64 = 0.5;

type Country = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

/// Country, then tone, frequencies, cadence (on, off, on, …; a single number is a steady tone).
#[rustfmt::skip]
const COUNTRIES: &[Country] = &[
    ("at", &[("dial", "420", "1000"), ("ringing", "420", "1000/5000"), ("busy", "420", "400/400"), ("congestion", "420", "200/200"), ("waiting", "420", "40/1960")]),
    ("au", &[("dial", "413+438", "1000"), ("ringing", "413+438", "400/200/400/2000"), ("busy", "425", "375/375"), ("congestion", "425", "375/375"), ("waiting", "425", "200/200/200/4400")]),
    ("be", &[("dial", "425", "1000"), ("ringing", "425", "1000/3000"), ("busy", "425", "500/500"), ("congestion", "425", "167/167"), ("waiting", "1400", "175/175/175/3500")]),
    ("br", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "250/250"), ("congestion", "425", "250/250/750/250"), ("waiting", "425", "50/1000")]),
    ("ca", &[("dial", "350+440", "1000"), ("ringing", "440+480", "2000/4000"), ("busy", "480+620", "500/500"), ("congestion", "480+620", "250/250"), ("waiting", "440", "300/10000")]),
    ("ch", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "200/200"), ("waiting", "425", "200/200/200/4000")]),
    ("cn", &[("dial", "450", "1000"), ("ringing", "450", "1000/4000"), ("busy", "450", "350/350"), ("congestion", "450", "700/700"), ("waiting", "450", "400/4000")]),
    ("de", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "480/480"), ("congestion", "425", "240/240"), ("waiting", "425", "200/200/200/5000")]),
    ("dk", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "200/200"), ("waiting", "425", "200/600/200/3000")]),
    ("es", &[("dial", "425", "1000"), ("ringing", "425", "1500/3000"), ("busy", "425", "200/200"), ("congestion", "425", "200/200/200/200/200/600"), ("waiting", "425", "175/175/175/3500")]),
    ("fi", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "300/300"), ("congestion", "425", "200/200"), ("waiting", "425", "150/150/150/8000")]),
    ("fr", &[("dial", "440", "1000"), ("ringing", "440", "1500/3500"), ("busy", "440", "500/500"), ("congestion", "440", "250/250"), ("waiting", "440", "300/10000")]),
    ("ie", &[("dial", "425", "1000"), ("ringing", "400+450", "400/200/400/2000"), ("busy", "425", "500/500"), ("congestion", "425", "250/250"), ("waiting", "425", "180/200/200/4500")]),
    ("in", &[("dial", "375+425", "1000"), ("ringing", "375+425", "400/200/400/2000"), ("busy", "400", "750/750"), ("congestion", "400", "250/250"), ("waiting", "400", "200/100/200/7500")]),
    ("it", &[("dial", "425", "200/200/600/1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "200/200"), ("waiting", "425", "400/100/250/100/150/14000")]),
    ("jp", &[("dial", "400", "1000"), ("ringing", "384+416", "1000/2000"), ("busy", "400", "500/500"), ("congestion", "400", "500/500"), ("waiting", "384+416", "500/4000")]),
    ("mx", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "250/250"), ("congestion", "425", "250/250"), ("waiting", "425", "200/600/200/10000")]),
    ("nl", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "250/250"), ("waiting", "425", "500/9500")]),
    ("no", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "200/200"), ("waiting", "425", "200/600/200/10000")]),
    ("nz", &[("dial", "400", "1000"), ("ringing", "400+450", "400/200/400/2000"), ("busy", "400", "500/500"), ("congestion", "400", "250/250"), ("waiting", "400", "250/250/250/3250")]),
    ("pl", &[("dial", "425", "1000"), ("ringing", "425", "1000/4000"), ("busy", "425", "500/500"), ("congestion", "425", "500/500"), ("waiting", "425", "150/150/150/4000")]),
    ("pt", &[("dial", "425", "1000"), ("ringing", "425", "1000/5000"), ("busy", "425", "500/500"), ("congestion", "425", "200/200"), ("waiting", "425", "200/200/200/5000")]),
    ("ru", &[("dial", "425", "1000"), ("ringing", "425", "800/3200"), ("busy", "425", "350/350"), ("congestion", "425", "175/175"), ("waiting", "425", "200/5000")]),
    ("se", &[("dial", "425", "1000"), ("ringing", "425", "1000/5000"), ("busy", "425", "250/250"), ("congestion", "425", "250/750"), ("waiting", "425", "200/500/200/9100")]),
    ("uk", &[("dial", "350+440", "1000"), ("ringing", "400+450", "400/200/400/2000"), ("busy", "400", "375/375"), ("congestion", "400", "400/350/225/525"), ("waiting", "400", "100/4000"), ("unobtainable", "400", "1000")]),
    ("us", &[("dial", "350+440", "1000"), ("ringing", "440+480", "2000/4000"), ("busy", "480+620", "500/500"), ("congestion", "480+620", "250/250"), ("waiting", "440", "300/10000")]),
    ("za", &[("dial", "383+417", "1000"), ("ringing", "383+417", "400/200/400/2000"), ("busy", "400", "500/500"), ("congestion", "400", "250/250"), ("waiting", "383+417", "400/4000")]),
];

/// Names without a country, in the tone grammar.
const PLAIN: &[(&str, &str)] = &[
    ("beep", "1000*0.3:500"),
    ("conference.enter", "600*0.2/900*0.2:120/120"),
    ("conference.leave", "900*0.2/600*0.2:120/120"),
    ("fax.ced", "2100*0.3/0:3300/75"),
    ("fax.cng", "1100*0.3/0:500/3000"),
    ("milliwatt", "1004*0.697:1000"),
    ("sit", "950*0.22/1400*0.22/1800*0.22/0:330/330/330/1000"),
];

const ROWS_HZ: [u16; 4] = [697, 770, 852, 941];
const COLUMNS_HZ: [u16; 4] = [1209, 1336, 1477, 1633];
const KEYS: [u8; 16] = *b"123A456B789C*0#D";

/// The two frequencies of a digit (ITU-T Q.23); `None` for what is no key.
#[must_use]
pub fn digit_frequencies(digit: char) -> Option<(u16, u16)> {
    let wanted = u8::try_from(digit).ok()?.to_ascii_uppercase();
    let index = KEYS.iter().position(|&key| key == wanted)?;
    Some((ROWS_HZ[index / 4], COLUMNS_HZ[index % 4]))
}

/// The key at a row and column of the keypad, each 0 to 3.
pub(crate) fn digit_at(row: usize, column: usize) -> char {
    char::from(KEYS[(row * 4 + column) % KEYS.len()])
}

/// A digit as a tone, followed by silence; `None` for what is no key.
#[must_use]
pub fn digit(digit: char, on_ms: u32, off_ms: u32) -> Option<Tone> {
    let (low_hz, high_hz) = digit_frequencies(digit)?;
    Tone::parse(&format!(
        "{low_hz}+{high_hz}*{DIGIT_LEVEL}/0:{on_ms}/{off_ms}"
    ))
    .ok()
}

/// The tone with this name; `None` if there is none.
#[must_use]
pub fn named(name: &str) -> Option<Tone> {
    if let Some((_, description)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
        return Tone::parse(description).ok();
    }
    let (country, tone) = name.split_once('.')?;
    if country == "dtmf" {
        let mut keys = tone.chars();
        return keys
            .next()
            .filter(|_| keys.as_str().is_empty())
            .and_then(|key| digit(key, 100, 100));
    }
    let (_, tones) = COUNTRIES.iter().find(|(name, _)| *name == country)?;
    let (_, frequencies, cadence) = tones.iter().find(|(name, _, _)| *name == tone)?;
    let silence = if cadence.contains('/') { "/0" } else { "" };
    Tone::parse(&format!("{frequencies}*{LEVEL}{silence}:{cadence}")).ok()
}

/// A tone by name, or in the grammar of [`crate::tones::tone`] (which always has a `:`, and no name has).
///
/// # Errors
/// [`ToneError`] from the grammar, [`ToneError::NoCadence`] for an unknown name.
pub fn resolve(text: &str) -> Result<Tone, ToneError> {
    match named(text) {
        Some(tone) => Ok(tone),
        None => Tone::parse(text),
    }
}

/// All names, in order: for listing.
#[must_use]
pub fn names() -> Vec<String> {
    let countries = COUNTRIES.iter().flat_map(|(country, tones)| {
        tones
            .iter()
            .map(move |(tone, ..)| format!("{country}.{tone}"))
    });
    let digits = KEYS.iter().map(|&key| format!("dtmf.{}", char::from(key)));
    let mut names: Vec<String> = countries
        .chain(digits)
        .chain(PLAIN.iter().map(|(name, _)| (*name).to_owned()))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_name_gives_a_tone_with_sound() {
        for name in names() {
            let tone = named(&name).unwrap_or_else(|| panic!("{name}"));
            let pcm = tone.to_pcm(8000);
            assert!(pcm.iter().any(|&sample| sample.abs() > 1000), "{name}");
        }
    }

    #[test]
    fn test_twenty_countries_have_the_four_tones_a_caller_hears() {
        assert!(COUNTRIES.len() >= 20);
        for (country, _) in COUNTRIES {
            for tone in ["dial", "ringing", "busy", "congestion"] {
                assert!(
                    named(&format!("{country}.{tone}")).is_some(),
                    "{country}.{tone}"
                );
            }
        }
    }

    #[test]
    fn test_steady_tones_loop_without_a_click() {
        for name in ["uk.dial", "au.dial", "uk.unobtainable", "za.dial"] {
            let pcm = named(name).expect("known").to_pcm(8000);
            let seam = i32::from(pcm[0]).abs_diff(i32::from(pcm[pcm.len() - 1]));
            let steepest = pcm
                .windows(2)
                .map(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])))
                .max();
            assert!(Some(seam) <= steepest, "{name}");
        }
    }

    // covers: EN-064
    #[test]
    fn test_uk_ringing_lasts_three_seconds() {
        assert_eq!(named("uk.ringing").expect("known").duration_ms(), 3000);
    }

    #[test]
    fn test_digits_of_the_keypad() {
        assert_eq!(digit_frequencies('1'), Some((697, 1209)));
        assert_eq!(digit_frequencies('d'), Some((941, 1633)));
        assert_eq!(digit_frequencies('x'), None);
        assert_eq!(named("dtmf.12"), None);
    }

    #[test]
    fn test_resolve_takes_names_and_descriptions() {
        assert!(resolve("us.busy").is_ok());
        assert!(resolve("350+440*0.5:1000").is_ok());
        assert_eq!(resolve("mars.busy"), Err(ToneError::NoCadence));
    }
}
