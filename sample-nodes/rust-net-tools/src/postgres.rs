//! The beginning of a PostgreSQL session (protocol 3.0): what the server says before any query.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;

use flow_like_wasm_sdk::{log, *};

use crate::{add_port, failed, node, port, text};

const SSL_REQUEST: u32 = 80_877_103;
const PROTOCOL: u32 = 3 << 16;

/// The longest message that is read.
const LONGEST: u32 = 1 << 20;

#[register_node]
#[derive(Default)]
pub struct PostgresHello;

impl WasmNode for PostgresHello {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node(
            "postgres_hello",
            "PostgreSQL Hello",
            "Begins a session with a PostgreSQL server and shows what it says about itself",
            "Database/PostgreSQL",
        );
        node.add_input_pin("host", "Host", "Name or address of the server", VariableType::String)
            .set_default_value(json!("localhost"));
        add_port(&mut node, 5432);
        node.add_input_pin("user", "User", "Who to be", VariableType::String).set_default_value(json!("postgres"));
        node.add_input_pin("database", "Database", "Which one; empty: named like the user", VariableType::String);
        node.add_output_pin("version", "Version", "Of the server; empty where it wants a login", VariableType::String);
        node.add_output_pin("authentication", "Authentication", "How to log in", VariableType::String);
        node.add_output_pin("parameters", "Parameters", "Settings that the server tells", VariableType::String)
            .set_value_type(ValueType::HashMap);
        node.add_output_pin("tls", "TLS", "Whether the server offers encryption", VariableType::Boolean);
        node.add_permission(NodePermission::NetworkTcp);
        // Only where the host is a name.
        node.add_permission(NodePermission::NetworkDns);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (host, port) = (text(&ctx, "host", "localhost"), port(&ctx, 5432));
        let (user, database) = (text(&ctx, "user", "postgres"), text(&ctx, "database", ""));
        match hello(&host, port, &user, &database) {
            Ok(hello) => {
                if hello.authentication != "none" {
                    log::warn(&format!("the server wants a login ({}) and says nothing before", hello.authentication));
                }
                ctx.set_output("version", hello.parameters.get("server_version").cloned().unwrap_or_default());
                ctx.set_output("authentication", hello.authentication);
                ctx.set_output("parameters", json!(hello.parameters));
                ctx.set_output("tls", hello.tls);
                ctx.success()
            }
            Err(error) => failed(ctx, format!("{host}:{port}: {error}")),
        }
    }
}

#[derive(Default)]
struct Hello {
    tls: bool,
    authentication: String,
    parameters: BTreeMap<String, String>,
}

fn hello(host: &str, port: u16, user: &str, database: &str) -> Result<Hello, String> {
    let connect = || TcpStream::connect((host, port)).map_err(|error| format!("cannot connect: {error}"));
    let mut stream = connect()?;
    let tls = offers_tls(&mut stream)?;
    if tls {
        // Whoever says yes waits for a TLS handshake: in the open, a session needs a connection of its own.
        stream = connect()?;
    }
    send(&mut stream, None, &start_up(user, database))?;
    let mut hello = Hello { tls, ..Hello::default() };
    let mut messages = BufReader::new(&stream);
    loop {
        let (kind, body) = receive(&mut messages)?;
        match kind {
            b'R' => {
                hello.authentication = authentication(&body)?;
                if hello.authentication != "none" {
                    return Ok(hello);
                }
            }
            b'S' => {
                let mut fields = body.split(|byte| *byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
                if let (Some(name), Some(value)) = (fields.next(), fields.next()) {
                    hello.parameters.insert(name, value);
                }
            }
            b'E' => return Err(format!("the server refuses: {}", refusal(&body))),
            // Ready for queries: there are none, so say goodbye.
            b'Z' => {
                send(&mut stream, Some(b'X'), &[])?;
                return Ok(hello);
            }
            // Notices, and the key to cancel queries with.
            _ => {}
        }
    }
}

fn offers_tls(stream: &mut TcpStream) -> Result<bool, String> {
    send(stream, None, &SSL_REQUEST.to_be_bytes())?;
    let mut answer = [0];
    stream.read_exact(&mut answer).map_err(|error| format!("cannot receive: {error}"))?;
    match answer {
        [b'N'] => Ok(false),
        [b'S'] => Ok(true),
        [other] => Err(format!("this is no PostgreSQL server; it answers with byte {other}")),
    }
}

fn start_up(user: &str, database: &str) -> Vec<u8> {
    let mut message = Vec::from(PROTOCOL.to_be_bytes());
    for (name, value) in [("user", user), ("database", database), ("application_name", "flow-like")] {
        if !value.is_empty() {
            for text in [name, value] {
                message.extend(text.bytes().filter(|byte| *byte != 0));
                message.push(0);
            }
        }
    }
    message.push(0);
    message
}

/// The first messages have no kind. The length counts itself.
fn send(stream: &mut TcpStream, kind: Option<u8>, body: &[u8]) -> Result<(), String> {
    let length = u32::try_from(body.len() + 4).map_err(|_| "the message is too long")?;
    let mut message = Vec::from_iter(kind);
    message.extend(length.to_be_bytes());
    message.extend(body);
    stream.write_all(&message).map_err(|error| format!("cannot send: {error}"))
}

fn receive(source: &mut impl Read) -> Result<(u8, Vec<u8>), String> {
    let mut head = [0; 5];
    source.read_exact(&mut head).map_err(|error| format!("cannot receive: {error}"))?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    if !(4..=LONGEST).contains(&length) {
        return Err(format!("a message of {length} bytes is none of PostgreSQL's"));
    }
    let mut body = vec![0; length as usize - 4];
    source.read_exact(&mut body).map_err(|error| format!("cannot receive: {error}"))?;
    Ok((head[0], body))
}

fn authentication(body: &[u8]) -> Result<String, String> {
    let (code, rest) = body.split_first_chunk().ok_or("the server's wish for a login is too short")?;
    Ok(match u32::from_be_bytes(*code) {
        0 => "none".into(),
        3 => "password".into(),
        5 => "md5".into(),
        7 => "gssapi".into(),
        9 => "sspi".into(),
        10 => {
            let methods = rest.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            let methods: Vec<_> = methods.map(String::from_utf8_lossy).collect();
            methods.join(", ")
        }
        other => format!("method {other}"),
    })
}

/// Message and code out of an error's fields: each a letter and a text.
fn refusal(body: &[u8]) -> String {
    let field = |letter: u8| {
        let field = body.split(|byte| *byte == 0).find(|field| field.first() == Some(&letter));
        field.map(|field| String::from_utf8_lossy(&field[1..]).into_owned()).unwrap_or_default()
    };
    format!("{} ({})", field(b'M'), field(b'C'))
}
