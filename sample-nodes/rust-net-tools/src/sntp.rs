//! Time from a server, as RFC 4330 has it: one datagram there, one back.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{SystemTime, UNIX_EPOCH};

use flow_like_wasm_sdk::{log, *};

use crate::{add_port, failed, iso, node, port, text, udp};

/// From 1900, where NTP counts from, to 1970.
const EPOCH: i64 = 2_208_988_800;
const SECOND: i64 = 1_000_000_000;

#[register_node]
#[derive(Default)]
pub struct SntpTime;

impl WasmNode for SntpTime {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node(
            "sntp_time",
            "SNTP Time",
            "Asks a time server what time it is, and how far the clock is off",
            "Network/Time",
        );
        node.add_input_pin("host", "Host", "Name or address of the server", VariableType::String)
            .set_default_value(json!("pool.ntp.org"));
        add_port(&mut node, 123);
        node.add_output_pin("time", "Time", "The server's time when it answered", VariableType::Date);
        node.add_output_pin("offset", "Offset", "What to add to the clock, in milliseconds", VariableType::Float);
        node.add_output_pin("round_trip", "Round Trip", "On the way there and back, in ms", VariableType::Float);
        node.add_output_pin("stratum", "Stratum", "Steps from a reference clock", VariableType::Integer);
        node.add_permission(NodePermission::NetworkUdp);
        // Only where the host is a name.
        node.add_permission(NodePermission::NetworkDns);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (host, port) = (text(&ctx, "host", "pool.ntp.org"), port(&ctx, 123));
        let answer = (host.as_str(), port).to_socket_addrs().map_err(|error| error.to_string());
        let answer = answer.and_then(|mut found| ask(found.next().ok_or("the name has no address")?));
        match answer {
            Ok(answer) => {
                let (offset, round_trip) = (milliseconds(answer.offset()), milliseconds(answer.round_trip()));
                log::info(&format!("the clock is {offset:.3} ms off, the way took {round_trip:.3} ms"));
                ctx.set_output("time", iso::date(answer.sent / 1_000_000));
                ctx.set_output("offset", offset);
                ctx.set_output("round_trip", round_trip);
                ctx.set_output("stratum", answer.stratum);
                ctx.success()
            }
            Err(error) => failed(ctx, format!("{host}:{port}: {error}")),
        }
    }
}

/// The four times of an exchange, in nanoseconds since 1970: by our clock, then twice by the server's, then by ours.
struct Answer {
    asked: i64,
    received: i64,
    sent: i64,
    arrived: i64,
    stratum: u8,
}

impl Answer {
    fn offset(&self) -> i64 {
        ((self.received - self.asked) + (self.sent - self.arrived)) / 2
    }

    fn round_trip(&self) -> i64 {
        (self.arrived - self.asked) - (self.sent - self.received)
    }
}

fn ask(server: SocketAddr) -> Result<Answer, String> {
    let asked = now()?;
    let stamp = to_ntp(asked);
    let mut question = [0; 48];
    // Version 4, from a client.
    question[0] = 0b00_100_011;
    question[40..].copy_from_slice(&stamp);
    udp::exchange(server, &question, |datagram| {
        // A server sends our time back: anything else answers another question.
        let is_answer = datagram.len() >= 48 && datagram[0] & 0b111 == 4 && datagram[24..32] == stamp;
        is_answer.then(|| read(datagram, asked))
    })
}

fn read(datagram: &[u8], asked: i64) -> Result<Answer, String> {
    let arrived = now()?;
    match datagram[1] {
        0 => Err(format!("the server refuses: {}", String::from_utf8_lossy(&datagram[12..16]))),
        16.. => Err("the server does not know the time itself".into()),
        stratum => {
            Ok(Answer { asked, received: from_ntp(datagram, 32), sent: from_ntp(datagram, 40), arrived, stratum })
        }
    }
}

fn now() -> Result<i64, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock is before 1970")?;
    i64::try_from(since.as_nanos()).map_err(|_| "the clock is after 2262".into())
}

/// Seconds and a binary fraction of one.
fn to_ntp(nanoseconds: i64) -> [u8; 8] {
    let (seconds, rest) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
    let fraction = (rest << 32) / SECOND;
    (((seconds + EPOCH) << 32) | fraction).to_be_bytes()
}

/// Seconds wrap around every 136 years; without their first bit they are those after 2036.
fn from_ntp(datagram: &[u8], at: usize) -> i64 {
    let number = |at: usize| u32::from_be_bytes([datagram[at], datagram[at + 1], datagram[at + 2], datagram[at + 3]]);
    let (seconds, fraction) = (number(at), number(at + 4));
    let era = if seconds >> 31 == 0 { 1_i64 << 32 } else { 0 };
    (i64::from(seconds) + era - EPOCH) * SECOND + ((i64::from(fraction) * SECOND) >> 32)
}

fn milliseconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e6
}
