//! The words behind `rtp_bench load`.

use std::error::Error;
use std::str::FromStr;

use crate::speech::Coding;

/// What flows there are, and for how long.
pub struct Options {
    pub count: usize,
    pub first_port: u16,
    pub pair: bool,
    pub listen: bool,
    /// What flow n sends: the n-th of these, in turn.
    pub codings: Vec<Coding>,
    pub pid: u32,
    pub warm_up_s: f64,
    pub window_s: f64,
    pub burst_us: u64,
}

impl Options {
    /// From the command line.
    pub fn read(words: &[&str]) -> Result<Options, Box<dyn Error>> {
        let [count, first_port, rest @ ..] = words else {
            return Err("load N FIRST_PORT [options]".into());
        };
        let mut options = Options {
            count: count.parse()?,
            first_port: first_port.parse()?,
            pair: false,
            listen: false,
            codings: vec![Coding::named("PCMU")?],
            pid: 0,
            warm_up_s: 2.0,
            window_s: 8.0,
            burst_us: 0,
        };
        let mut rest = rest.iter().copied();
        while let Some(word) = rest.next() {
            match word {
                "--pair" => options.pair = true,
                "--listen" => options.listen = true,
                "--codecs" => {
                    let names: String = value(word, rest.next())?;
                    options.codings = names
                        .split(',')
                        .map(Coding::named)
                        .collect::<Result<_, _>>()?;
                }
                "--pid" => options.pid = value(word, rest.next())?,
                "--warm-up" => options.warm_up_s = value(word, rest.next())?,
                "--window" => options.window_s = value(word, rest.next())?,
                "--burst-us" => options.burst_us = value(word, rest.next())?,
                _ => return Err(format!("{word}: no such option").into()),
            }
        }
        if !options.listen && !options.codings.iter().all(Coding::is_g711) {
            return Err("a packet's number survives only G.711: --listen".into());
        }
        Ok(options)
    }
}

fn value<T: FromStr>(word: &str, given: Option<&str>) -> Result<T, Box<dyn Error>>
where
    T::Err: Error + 'static,
{
    let given = given.ok_or_else(|| format!("{word}: a value is missing"))?;
    Ok(given.parse()?)
}
