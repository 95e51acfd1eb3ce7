//! A child process of the tests: what it is to do comes by argument, what it finds goes to its stdout line by
//! line. It ends at the latest when its stdin does.

mod instance_child;

use std::io::{BufRead, Read, Write};
use std::time::Duration;

use ipc_rpc::{BindPolicy, Client, Connect, PeerPolicy, SocketName, context};
use support::{FileJournal, Journal, Lab, LabClient, rig};
use tokio::runtime::Runtime;

fn main() {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
    match args[..] {
        ["block", place] => return block(place),
        ["blocked", place] => return blocked(place),
        _ => {}
    }
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        match args[..] {
            ["serve", place] => serve(place, BindPolicy::default(), end_of_input()).await,
            ["serve-by-force", place] => serve(place, BindPolicy::TakeOver, end_of_input()).await,
            ["serve-unless-taken", place] => {
                serve(place, BindPolicy::FailIfTaken, end_of_input()).await;
            }
            ["serve-until-interrupted", place] => {
                serve(place, BindPolicy::default(), interrupted()).await;
            }
            ["serve-until-signalled", place] => serve_until_signalled(place).await,
            ["serve-activated", place] => serve_activated(place).await,
            ["keep-alive", place] => keep_alive(place).await,
            ["serve-all-users", place] => serve_all_users(place).await,
            ["hang", place] => hang(place).await,
            ["serve-to-host", place] => drop(serve_to_host(place).await),
            ["both-ways", place] => both_ways(place).await,
            ["race", place] => race(place).await,
            ["keep-journal", place, path] => keep_journal(place, path).await,
            ["connect-as-anyone", place] => connect_as_anyone(place).await,
            ["listen-only", path] => listen_only(path).await,
            ["instance", id, payload, ..] => instance_child::launch(id, payload).await,
            ["instance-race", id, payload] => instance_child::race(id, payload).await,
            ["instance-or-exit", id, code] => instance_child::launch_or_exit(id, code).await,
            ["instance-for-all", id, payload] => instance_child::for_all(id, payload).await,
            ["instance-never-ready", id] => instance_child::never_ready(id).await,
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

/// Waits for the word. `false`: there will be none.
async fn next_input() -> bool {
    let read =
        tokio::task::spawn_blocking(|| std::io::stdin().lock().read_line(&mut String::new()));
    matches!(read.await, Ok(Ok(len)) if len > 0)
}

async fn interrupted() {
    // The handler is installed when the future is first polled, so it is before the server says that it
    // listens.
    tokio::signal::ctrl_c()
        .await
        .expect("signals can be handled");
}

async fn serve(place: &str, policy: BindPolicy, stop: impl Future<Output = ()>) {
    let (rig, lab) = rig();
    let server = ipc_rpc::Server::builder(name(place)).service(rig.serve());
    let server = match server.bind_policy(policy).bind() {
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
                ipc_rpc::ServerEvent::Error { error } => say(format!("error: {error}")),
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

/// Serves a journal until it is killed, or its input ends.
async fn keep_journal(place: &str, path: &str) {
    let journal = FileJournal::open(path.as_ref()).expect("the file can be opened");
    let server = ipc_rpc::Server::builder(name(place)).service(journal.serve());
    match server.bind() {
        Ok(server) => {
            say("ready");
            let _ = server.run_until(end_of_input()).await;
        }
        Err(error) => say(format!("not bound: {error}")),
    }
}

/// Serves until a signal comes, and once more; then waits for its end.
async fn serve_until_signalled(place: &str) {
    for _ in 0..2 {
        let mut config = ipc_rpc::Config::default();
        config.drain_timeout = Duration::from_secs(3_600);
        let server = ipc_rpc::Server::builder(name(place))
            .config(config)
            .service(rig().0.serve())
            .stop_on_signals(ipc_rpc::StopSignal::USUAL);
        run(server).await;
    }
    end_of_input().await;
}

/// Runs a server, and says when it does and how it ended.
async fn run(server: ipc_rpc::ServerBuilder) {
    let server = match server.bind() {
        Ok(server) => server,
        Err(error) => return say(format!("not bound: {error}")),
    };
    let mut events = server.events();
    let watch = async {
        events.next().await;
        say("ready");
    };
    let (ended, ()) = tokio::join!(server.run(), watch);
    match ended {
        Ok(ended) => say(format!("{:?}, cut {}", ended.cause, ended.cut)),
        Err(error) => say(format!("failed: {error}")),
    }
}

/// Serves where a service manager has bound.
#[cfg(unix)]
async fn serve_activated(_: &str) {
    let server = match ipc_rpc::Server::activated() {
        Ok(server) => server,
        Err(error) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            return say(format!("{error}: {source:?}"));
        }
    };
    let left = ["LISTEN_PID", "LISTEN_FDS"].map(std::env::var_os);
    assert_eq!(left, [None, None], "the variables are removed");
    let again = ipc_rpc::Server::activated();
    assert!(
        matches!(again, Err(ipc_rpc::BindError::NotActivated)),
        "{again:?}"
    );
    let server = server
        .service(rig().0.serve())
        .stop_on_signals([ipc_rpc::StopSignal::Terminate])
        .notify_systemd();
    run(server).await;
}

#[cfg(not(unix))]
async fn serve_activated(_: &str) {
    say("not here");
}

/// Watches over a server, and calls it whenever it is told to.
async fn keep_alive(place: &str) {
    let (interval, timeout) = (Duration::from_millis(200), Duration::from_secs(2));
    let client = connect_to::<LabClient>(place).keep_alive(interval, timeout);
    let client = client.await.expect("a server is there");
    say("connected");
    loop {
        tokio::select! {
            reason = client.connection().closed() => return say(format!("gone: {reason}")),
            told = next_input() => match told {
                true => {
                    let sum = client.add(context::current(), 2, 3).await;
                    say(format!("{sum:?}"));
                }
                false => return,
            }
        }
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
