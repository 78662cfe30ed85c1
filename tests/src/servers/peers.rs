//! The servers that sample nodes talk to. Each function gives none where the program is not installed: the test is
//! left out then, which is said, and in CI is a failure.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::UdpSocket;

use super::program::{Program, Recipe, libraries, python_packages};

/// A Redis server without data.
pub async fn redis() -> Option<Program> {
    let recipe = Recipe { name: "redis-server", ready: "Ready to accept connections", stop: Signal::TERM };
    recipe
        .start(|path, port, folder| {
            let mut command = Command::new(path);
            command.args(["--bind", "127.0.0.1", "--save", "", "--port"]).arg(port.to_string());
            command.arg("--dir").arg(folder);
            command
        })
        .await
}

/// A fresh PostgreSQL server: the superuser "postgres" needs no password, the user "guarded" does. It refuses to run as
/// root; that is said.
pub async fn postgres() -> Option<Program> {
    if rustix::process::geteuid().is_root() {
        eprintln!("LEFT OUT: PostgreSQL does not run as root; run the tests as an ordinary user");
        return None;
    }
    let recipe = Recipe { name: "postgres", ready: "ready to accept connections", stop: Signal::QUIT };
    recipe
        .start(|path, port, folder| {
            let data = folder.join("data");
            let mut initdb = Command::new(path.with_file_name("initdb"));
            initdb.arg("--pgdata").arg(&data).args(["--username", "postgres", "--encoding", "UTF8"]);
            initdb.args(["--no-locale", "--no-sync", "--auth", "trust"]).current_dir(folder);
            initdb.env("LD_LIBRARY_PATH", libraries());
            let made = initdb.output().unwrap_or_else(|error| panic!("start {initdb:?}: {error}"));
            assert!(made.status.success(), "{initdb:?}: {}", String::from_utf8_lossy(&made.stderr));
            let access = "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
            fs::write(data.join("pg_hba.conf"), access).expect("the data folder can be written");

            let mut command = Command::new(path);
            command.arg("-D").arg(&data).arg("-p").arg(port.to_string()).args(["-h", "127.0.0.1", "-k", "", "-F"]);
            command
        })
        .await
}

/// An NTP server, chrony, which gives the system's time as its own and never sets it.
pub async fn ntp() -> Option<Program> {
    let recipe = Recipe { name: "chronyd", ready: "", stop: Signal::TERM };
    let program = recipe
        .start(|path, port, folder| {
            let settings = format!(
                "port {port}\ncmdport 0\nbindcmdaddress /\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 5\npidfile {}\n",
                folder.join("pid").display()
            );
            let file = folder.join("chrony.conf");
            fs::write(&file, settings).expect("a file can be written");
            let mut command = Command::new(path);
            // "-x": the clock stays as it is; "-U": nobody needs to be root for that.
            command.args(["-d", "-x", "-U", "-u"]).arg(user()).arg("-f").arg(file);
            command
        })
        .await?;
    until_it_answers(&program).await;
    Some(program)
}

/// chronyd does not say when it serves.
async fn until_it_answers(program: &Program) {
    let mut question = [0; 48];
    question[0] = 0b00_100_011;
    for _ in 0..600 {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback has a free port");
        socket.connect(program.address).await.expect("UDP needs no peer to connect");
        let exchange = async {
            socket.send(&question).await?;
            socket.recv(&mut [0; 512]).await
        };
        if matches!(tokio::time::timeout(Duration::from_millis(100), exchange).await, Ok(Ok(48..))) {
            return;
        }
        // A closed port is refused at once.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the NTP server does not answer; it says:\n{}", program.output());
}

/// A DNS server, dnsmasq, that knows the given records and asks nobody else; options such as
/// `--host-record=name,192.0.2.1`.
pub async fn dns(records: &[&str]) -> Option<Program> {
    let recipe = Recipe { name: "dnsmasq", ready: "started, version", stop: Signal::TERM };
    recipe
        .start(|path, port, _| {
            let mut command = Command::new(path);
            command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file="]);
            command.args(["--listen-address=127.0.0.1", "--bind-interfaces", "--log-facility=-", "--log-queries"]);
            command.arg(format!("--user={}", user())).arg("--group=").arg(format!("--port={port}")).args(records);
            command
        })
        .await
}

/// An HTTP server, nginx, that serves its folder: `{}/page.json`, a redirect from `/old` to `/page.json`.
pub async fn nginx(files: &[(&str, &str)]) -> Option<Program> {
    let recipe = Recipe { name: "nginx", ready: "start worker process", stop: Signal::TERM };
    recipe
        .start(|path, port, folder| {
            for (name, content) in files {
                fs::write(folder.join(name), content).expect("a file can be written");
            }
            let stores =
                ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path tmp;"));
            let settings = format!(
                "daemon off; worker_processes 1; pid nginx.pid; error_log stderr notice; events {{}}
                http {{ access_log off; default_type application/json; {}
                server {{ listen 127.0.0.1:{port}; root .; location = /old {{ return 302 /page.json; }} }} }}",
                stores.join(" ")
            );
            // Root would serve as a user that may not see the folder.
            let as_root = if rustix::process::geteuid().is_root() { "user root; " } else { "" };
            fs::write(folder.join("nginx.conf"), format!("{as_root}{settings}")).expect("a file can be written");
            let mut command = Command::new(path);
            command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "stderr"]);
            command
        })
        .await
}

/// A WebSocket server, Python's `websockets`: it greets with "welcome", sends every message back, says goodbye to
/// "bye", and never answers "hush".
pub async fn websocket() -> Option<Program> {
    let recipe = Recipe { name: "python3", ready: "listening", stop: Signal::TERM };
    recipe
        .start(|path, port, _| {
            let mut command = Command::new(path);
            command.env("PYTHONPATH", python_packages()).env("PYTHONUNBUFFERED", "1");
            command.args(["-c", include_str!("websocket.py")]).arg(port.to_string());
            command
        })
        .await
}

/// Who the tests run as: a server has nobody else to become.
fn user() -> String {
    let id = rustix::process::geteuid();
    let names = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let own = names.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let own = own.into_iter().find(|fields| fields.get(2) == Some(&id.as_raw().to_string().as_str()));
    own.and_then(|fields| fields.first().map(|name| (*name).to_owned())).unwrap_or_else(|| id.as_raw().to_string())
}
