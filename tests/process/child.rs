//! A child process of the tests: what it is to do comes by argument, what it finds goes to its stdout line by
//! line. It ends at the latest when its stdin does.

use std::io::{BufRead, Read, Write};
use std::time::Duration;

use ipc_rpc::{Client, Connect, PeerPolicy, SocketName, context};
use support::{Lab, LabClient, rig};
use tokio::runtime::Runtime;

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["block", place] => return block(place),
        ["blocked", place] => return blocked(place),
        _ => {}
    }
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        match args[..] {
            ["serve", place] => serve(place, end_of_input()).await,
            ["serve-until-interrupted", place] => serve(place, interrupted()).await,
            ["serve-all-users", place] => serve_all_users(place).await,
            ["hang", place] => hang(place).await,
            ["serve-to-host", place] => drop(serve_to_host(place).await),
            ["both-ways", place] => both_ways(place).await,
            ["race", place] => race(place).await,
            ["connect-as-anyone", place] => connect_as_anyone(place).await,
            ["listen-only", path] => listen_only(path).await,
            _ => panic!("no such task: {args:?}"),
        }
    });
    // Not the runtime's own end, which would wait for threads that block in a read of stdin.
    runtime.shutdown_background();
}

/// A path if it looks like one, else a name.
fn name(place: &str) -> SocketName {
    if place.starts_with('/') {
        SocketName::path(place).expect("a path")
    } else {
        SocketName::new(place).expect("a name")
    }
}

fn say(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .expect("the test listens");
}

async fn end_of_input() {
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = read.await;
}

async fn next_input() {
    let read =
        tokio::task::spawn_blocking(|| std::io::stdin().lock().read_line(&mut String::new()));
    let _ = read.await;
}

async fn interrupted() {
    // The handler is installed when the future is first polled, so it is before the server says that it
    // listens.
    tokio::signal::ctrl_c()
        .await
        .expect("signals can be handled");
}

async fn serve(place: &str, stop: impl Future<Output = ()>) {
    let (rig, lab) = rig();
    let server = ipc_rpc::Server::builder(name(place)).service(rig.serve());
    let server = match server.bind() {
        Ok(server) => server,
        Err(error) => return say(format!("not bound: {error}")),
    };
    let mut events = server.events();
    let run = server.run_until(stop);
    let watch = async {
        while let Some(event) = events.next().await {
            match event {
                ipc_rpc::ServerEvent::Listening { .. } => say("ready"),
                ipc_rpc::ServerEvent::Disconnected { reason, .. } => say(format!("gone: {reason}")),
                ipc_rpc::ServerEvent::Closed => say("closed"),
                _ => {}
            }
        }
    };
    let (ended, ()) = tokio::join!(run, watch);
    lab.release_all();
    match ended {
        Ok(shutdown) => say(format!("cut {}", shutdown.cut)),
        Err(error) => say(format!("failed: {error}")),
    }
}

/// Calls with the main thread, without any runtime, and ends as soon as there is nothing left to say.
fn block(place: &str) {
    let client = connect_to::<LabClient>(place).serve(rig().0.serve());
    let client = client.blocking().expect("a server is there");
    let sum = client.add(context::current(), 2, 3);
    say(sum.expect("the server answers"));
    let quotient = client.divide(context::current(), 1, 0);
    say(quotient.expect_err("there is no quotient"));
    let hung = client.hang(context::with_timeout(Duration::from_millis(50)), 1);
    say(hung.expect_err("nobody releases it"));
    client.connection().ping().expect("the server answers");
    let noted = client.note(context::current(), "last".to_owned());
    noted.expect("it is sent");
}

/// Calls what does not answer with the only thread, and serves meanwhile.
fn blocked(place: &str) {
    let client = connect_to::<LabClient>(place).serve(rig().0.serve());
    let client = client.blocking().expect("a server is there");
    let hung = client.hang(context::without_deadline(), 1);
    say(hung.expect("the test releases it"));
}

async fn serve_all_users(place: &str) {
    let server = ipc_rpc::Server::builder(name(place))
        .admit(PeerPolicy::AnyUser)
        .socket_mode(0o666)
        .service(rig().0.serve())
        .bind();
    match server {
        Ok(server) => {
            say("ready");
            let _ = server.run_until(end_of_input()).await;
        }
        Err(error) => say(format!("not bound: {error}")),
    }
}

/// Calls what does not answer, and says so when the call is under way.
async fn hang(place: &str) {
    let client: LabClient = Connect::new(name(place)).await.expect("a server is there");
    let hang = client.hang(context::without_deadline(), 1);
    let tell = async {
        client
            .connection()
            .ping()
            .await
            .expect("the server answers");
        say("calling");
    };
    let (result, ()) = tokio::join!(hang, tell);
    say(format!("{result:?}"));
}

/// Serves a lab to whoever serves there.
async fn serve_to_host(place: &str) -> LabClient {
    let client = connect_to::<LabClient>(place).serve(rig().0.serve());
    let client = client.await.expect("a server is there");
    end_of_input().await;
    client
}

/// The same, and calls the lab that is served there until the word comes; then says how often.
async fn both_ways(place: &str) {
    let client = connect_to::<LabClient>(place).serve(rig().0.serve());
    let client = client.await.expect("a server is there");
    let over = tokio::sync::watch::Sender::new(false);
    let callers = (0..8).map(|number| {
        let (client, over) = (client.clone(), over.subscribe());
        async move {
            let bytes = bytes::Bytes::from(vec![number; 1024 * 1024]);
            let mut calls = 0;
            while !*over.borrow() {
                let echoed = client.bytes(context::current(), bytes.clone()).await;
                assert_eq!(echoed.expect("the server answers"), bytes);
                calls += 1;
            }
            calls
        }
    });
    let callers = futures_util::future::join_all(callers);
    let word = async {
        next_input().await;
        over.send_replace(true);
    };
    let (calls, ()) = tokio::join!(callers, word);
    say(calls.into_iter().sum::<u64>());
    end_of_input().await;
}

/// Waits for the word, then wants the name, and keeps it until it is told to end.
async fn race(place: &str) {
    say("ready");
    next_input().await;
    let server = ipc_rpc::Server::builder(name(place)).service(rig().0.serve());
    match server.bind() {
        Ok(server) => {
            say("won");
            let _ = server.run_until(end_of_input()).await;
        }
        Err(error) if error.is_already_running() => say("lost"),
        Err(error) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            say(format!("{error}: {source:?}"));
        }
    }
}

async fn connect_as_anyone(place: &str) {
    let connect = connect_to::<LabClient>(place).trust(PeerPolicy::AnyUser);
    match connect.connect_timeout(Duration::from_secs(10)).await {
        Ok(client) => {
            let sum = client.add(context::current(), 2, 3).await;
            say(format!("admitted: {sum:?}"));
        }
        Err(error) => say(format!("{error}")),
    }
}

fn connect_to<C: Client>(place: &str) -> Connect<C> {
    Connect::new(name(place))
}

/// Listens, and says how many bytes the first client sent before it went.
#[cfg(unix)]
async fn listen_only(path: &str) {
    use std::os::unix::fs::PermissionsExt;
    use tokio::io::AsyncReadExt;

    let listener = tokio::net::UnixListener::bind(path).expect("the path is free");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).expect("it is ours");
    say("ready");
    let (mut stream, _) = listener.accept().await.expect("a client comes");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("it goes");
    say(format!("got {} bytes", bytes.len()));
}

#[cfg(not(unix))]
async fn listen_only(_: &str) {
    say("not here");
}
