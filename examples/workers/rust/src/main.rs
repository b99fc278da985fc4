//! Dial anything: you hear yourself. A call worker in Rust: zeromq, prost, docs/protocol.md.
//! Run: cargo run -- ipc://../../../var/bus/frontend-1

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use prost::Message;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{interval, sleep, timeout};
use zeromq::{DealerSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

mod v1 {
    #![allow(missing_docs, clippy::all)]
    include!(concat!(env!("OUT_DIR"), "/switchroom.v1.rs"));
}

use v1::call_event::Event;
use v1::command::Command as Verb;
use v1::envelope::Body;
use v1::{Activation, CallEvent, Command, Decision, Envelope, Kind, log_entry};

const NAME: &str = "echo-rust";
const HELLO_WAIT: Duration = Duration::from_secs(1);

/// Commands given so far, for each run: numbers begin at 1 and have no gaps.
type Given = HashMap<String, u32>;

/// What an echo does about all that has happened. With a log another worker led the run before: we begin at its begin,
/// and what was accepted then has the same number again, and is ignored.
fn decide(given: &mut Given, activation: Activation) -> Decision {
    let Activation { run_id, lease, log, events, calls, .. } = activation;
    if !log.is_empty() {
        given.remove(&run_id);
    }
    let mut count = given.remove(&run_id).unwrap_or(0);
    let mut commands = Vec::new();
    let mut command = |call_id: &str, verb: Verb| {
        count += 1;
        commands.push(Command { command_id: count, call_id: call_id.into(), command: Some(verb) });
    };
    let trusted = calls.first().is_some_and(|call| call.trusted);
    let logged = log.into_iter().filter_map(|entry| match entry.entry {
        Some(log_entry::Entry::Event(event)) => Some(event),
        _ => None,
    });
    let mut over = false;
    for CallEvent { call_id, event, .. } in logged.chain(events) {
        match event {
            Some(Event::Invited(_)) if !trusted => command(&call_id, Verb::Authenticate(Default::default())),
            Some(Event::Invited(_) | Event::Authenticated(_)) => {
                command(&call_id, Verb::Ring(Default::default()));
                command(&call_id, Verb::Answer(Default::default()));
                command(&call_id, Verb::Echo(Default::default()));
                over = true;
            }
            Some(Event::AuthFailed(_)) => {
                let cause = v1::Cause::Forbidden.into();
                command(&call_id, Verb::Hangup(v1::Hangup { cause, ..Default::default() }));
                over = true;
            }
            Some(Event::Ended(_)) => over = true,
            _ => {}
        }
        if over {
            command("", Verb::Finish(Default::default()));
            break;
        }
    }
    if !over {
        given.insert(run_id.clone(), count);
    }
    Decision { run_id, lease, commands }
}

/// Every request is answered once.
fn answer(given: &mut Given, request: Envelope) -> Envelope {
    let body = match request.body {
        Some(Body::Activation(activation)) => Body::Decision(decide(given, activation)),
        Some(Body::StatusRequest(_)) => Body::Status(v1::Status {
            name: NAME.into(),
            values: HashMap::from([("runs".into(), given.len() as f64)]),
            ..Default::default()
        }),
        _ => Body::Refusal(v1::Refusal { code: v1::ErrorCode::UnknownMethod.into(), ..Default::default() }),
    };
    envelope(Kind::Response, request.correlation_id, body)
}

fn envelope(kind: Kind, correlation_id: u64, body: Body) -> Envelope {
    Envelope { kind: kind.into(), correlation_id, body: Some(body), ..Default::default() }
}

async fn send(socket: &mut DealerSocket, message: Envelope) -> Result<(), Box<dyn Error>> {
    Ok(socket.send(ZmqMessage::from(message.encode_to_vec())).await?)
}

/// One connection to one frontend, from Hello until it is lost (Ok(false)) or SIGTERM came (Ok(true)).
async fn serve(endpoint: &str, stop: &mut Signal) -> Result<bool, Box<dyn Error>> {
    let mut socket = DealerSocket::new();
    timeout(HELLO_WAIT, socket.connect(endpoint)).await??;
    let hello = v1::Hello { role: v1::Role::CallWorker.into(), name: NAME.into(), ..Default::default() };
    let mut joining = envelope(Kind::Request, 1, Body::Hello(hello));
    joining.deadline_ms = HELLO_WAIT.as_millis() as u32;
    send(&mut socket, joining).await?;
    let (mut beat, mut lost) = (HELLO_WAIT, HELLO_WAIT);
    let (mut heard_at, mut sent_at) = (Instant::now(), Instant::now());
    let mut given = Given::new();
    let mut clock = interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            _ = stop.recv() => {
                let goodbye = v1::Goodbye { reason: "stopped".into(), ..Default::default() };
                send(&mut socket, envelope(Kind::Event, 0, Body::Goodbye(goodbye))).await?;
                sleep(Duration::from_millis(100)).await; // what is still on its way
                return Ok(true);
            }
            _ = clock.tick() => {
                if heard_at.elapsed() > lost {
                    return Ok(false);
                }
                if sent_at.elapsed() >= beat {
                    send(&mut socket, envelope(Kind::Event, 0, Body::Heartbeat(Default::default()))).await?;
                    sent_at = Instant::now();
                }
            }
            message = socket.recv() => {
                heard_at = Instant::now();
                for frame in message?.into_vec() { // several frames may ride in one message
                    let received = Envelope::decode(frame)?;
                    let request = received.kind() == Kind::Request;
                    match &received.body {
                        Some(Body::Welcome(welcome)) => {
                            beat = Duration::from_millis(welcome.heartbeat_ms.into());
                            lost = Duration::from_millis(welcome.lost_ms.into());
                        }
                        Some(Body::Goodbye(_)) => return Ok(false),
                        Some(Body::Refusal(refusal)) => { given.remove(&refusal.about); } // another worker leads it now
                        _ if request => {
                            let reply = answer(&mut given, received);
                            send(&mut socket, reply).await?;
                            sent_at = Instant::now();
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).ok_or("usage: echo_worker ENDPOINT")?;
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            served = serve(&endpoint, &mut stop) => match served {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => eprintln!("{error}: joining again"),
            },
        }
        tokio::select! {
            _ = stop.recv() => return Ok(()),
            _ = sleep(Duration::from_millis(100)) => {}
        }
    }
}
