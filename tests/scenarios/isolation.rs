//! One client's misfortune is no other's, and no descriptor reaches a process that a handler starts.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, Connect, ConnectionError, context};
use support::{
    Breaker, LabClient, Report, SocketFile, Stage, Task, Transport, breakable, promptly, scenarios,
    watched,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

scenarios! {
    a_process_that_a_handler_starts_holds_none_of_our_sockets,
}

/// What goes wrong with a client. Each is done to a connection of its own while others work.
type Misfortune = for<'a> fn(&'a SocketFile, &'a Stage) -> futures_util::future::BoxFuture<'a, ()>;

const MISFORTUNES: [(&str, Misfortune); 7] = [
    ("garbage instead of a hello", |file, _| {
        Box::pin(garbage(file))
    }),
    ("garbage behind a welcome", |file, _| {
        Box::pin(garbage_later(file))
    }),
    ("silence instead of a hello", |file, _| {
        Box::pin(silence(file))
    }),
    ("messages that are too large", |file, _| {
        Box::pin(too_large(file))
    }),
    ("handlers that panic", |file, _| Box::pin(panics(file))),
    ("answers that are not fetched", |file, _| {
        Box::pin(not_fetched(file))
    }),
    ("an end in the middle of a call", |file, stage| {
        Box::pin(vanishes(file, stage))
    }),
];

#[test]
fn whatever_happens_to_one_client_happens_to_no_other() {
    watched(|| {
        Runtime::new().unwrap().block_on(async {
            let file = SocketFile::new();
            let stage = Stage::at(file.place(), |server| server).await;
            for (name, misfortune) in MISFORTUNES {
                let bystander = stage.client().await;
                let mut hanging = Box::pin(bystander.hang(context::without_deadline(), 1));
                assert!(poll!(&mut hanging).is_pending());
                let works = {
                    let bystander = bystander.clone();
                    Task::spawn(async move {
                        loop {
                            let sum = bystander.add(context::without_deadline(), 2, 3).await;
                            assert_eq!(sum.unwrap(), 5);
                            tokio::task::yield_now().await;
                        }
                    })
                };
                misfortune(&file, &stage).await;
                let new = promptly(stage.client()).await;
                let sum = promptly(new.add(context::current(), 2, 3)).await;
                assert_eq!(sum.unwrap(), 5, "{name}");
                works.stop().await;
                let sum = promptly(bystander.add(context::current(), 2, 3)).await;
                assert_eq!(sum.unwrap(), 5, "{name}");
                assert!(poll!(&mut hanging).is_pending(), "{name}");
                bystander.connection().abort();
                assert!(hanging.await.is_err());
            }
            stage.end().await;
        });
    });
}

async fn garbage(file: &SocketFile) {
    let mut stream = file.open().await;
    stream.write_all(&[0xee; 5_000]).await.unwrap();
    // A refusal, and then the end.
    promptly(stream.read_to_end(&mut Vec::new())).await.unwrap();
}

async fn broken_client(file: &SocketFile) -> (LabClient, Breaker<UnixStream>) {
    let (stream, breaker) = breakable(file.open().await);
    (Connect::over(stream).await.unwrap(), breaker)
}

async fn garbage_later(file: &SocketFile) {
    let (client, breaker) = broken_client(file).await;
    breaker.inject(&[0xee; 500]).await.unwrap();
    let reason = promptly(client.connection().closed()).await;
    assert!(
        matches!(&reason, ConnectionError::PeerClosed(close) if close.blames_us),
        "{reason:?}"
    );
    assert!(!reason.is_clean());
}

async fn silence(file: &SocketFile) {
    let streams = join_all((0..20).map(|_| file.open())).await;
    promptly(broken_client(file)).await;
    drop(streams);
}

async fn too_large(file: &SocketFile) {
    let (client, _breaker) = broken_client(file).await;
    let request = client.measure(context::current(), vec![7; 9 << 20]).await;
    assert!(
        matches!(request, Err(CallError::TooLarge { .. })),
        "{request:?}"
    );
    let response = client.fill(context::current(), 9 << 20).await;
    assert!(
        matches!(response, Err(CallError::TooLarge { .. })),
        "{response:?}"
    );
}

async fn panics(file: &SocketFile) {
    let (client, _breaker) = broken_client(file).await;
    for _ in 0..10 {
        let ctx = context::without_deadline;
        let at_once = client.panic_at_once(ctx(), String::new()).await;
        assert!(matches!(at_once, Err(CallError::Panicked)), "{at_once:?}");
        let later = client.panic_later(ctx(), String::new()).await;
        assert!(matches!(later, Err(CallError::Panicked)), "{later:?}");
    }
}

async fn not_fetched(file: &SocketFile) {
    let (client, breaker) = broken_client(file).await;
    breaker.stall_reads();
    let short = || context::with_timeout(Duration::from_millis(100));
    let answers = join_all((0..40).map(|_| client.fill(short(), 1 << 20))).await;
    assert!(answers.iter().all(Result::is_err));
}

async fn vanishes(file: &SocketFile, stage: &Stage) {
    let (client, breaker) = broken_client(file).await;
    let mut calls: Vec<_> = (100..120)
        .map(|id| Box::pin(client.hang(context::without_deadline(), id)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    for id in 100..120 {
        stage.lab.wait(Report::Started(id)).await;
    }
    breaker.cut();
    for id in 100..120 {
        promptly(stage.lab.wait(Report::Dropped(id))).await;
    }
    assert!(join_all(calls).await.iter().all(Result::is_err));
}

/// Lists the descriptors of the process that lists them. This process has sockets at the time, its own and
/// those of the tests beside this one.
async fn a_process_that_a_handler_starts_holds_none_of_our_sockets(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let script = "for fd in /proc/self/fd/*; do readlink $fd; done";
    if !std::path::Path::new("/proc/self/fd").exists() {
        return;
    }
    let listed = client
        .run_program(
            context::without_deadline(),
            "sh".to_owned(),
            vec!["-c".to_owned(), script.to_owned()],
        )
        .await
        .unwrap();
    assert!(listed.contains("pipe:"), "nothing listed: {listed}");
    let ours: Vec<_> = listed
        .lines()
        .filter(|line| {
            line.starts_with("socket:") || line.contains("eventpoll") || line.contains("ipc-rpc/")
        })
        .collect();
    assert!(ours.is_empty(), "{listed}");
    stage.end().await;
}
