//! Many clients of one server, and what each of them is told.
//!
//! In net-ipc the results of a survey said not whose they were, a client chose its own id, and all connections of a process
//! shared one table of pending requests. In ipcIO a call to a name that nobody had waited for ever, a command without
//! data was taken for a name, and a client's broadcast came back to itself.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use ipc_rpc::{CallError, Context, ServerHandle, context, ipc_service};
use support::{LabClient, Report, Stage, Task, Transport, promptly, scenarios};

scenarios! {
    each_answer_of_a_survey_says_whose_it_is,
    a_client_that_does_not_answer_a_broadcast_costs_its_own_deadline_and_no_more,
    a_client_has_all_others_told_and_not_itself,
    ids_are_the_servers_and_none_is_given_twice,
    answers_go_to_the_connection_that_asked_and_to_no_other,
    a_client_that_goes_fails_its_own_calls_and_nobody_elses,
    a_call_to_a_name_that_nobody_has_fails_at_once_however_long_it_might_take,
    a_call_without_arguments_reaches_the_client_that_is_named,
}

/// What a client offers.
#[ipc_service]
trait Member {
    /// Its number; some fail at it, some hang.
    async fn number(&self, ctx: Context) -> Result<u64, String>;
    /// Takes news.
    async fn news(&self, ctx: Context, text: String);
}

/// What the server offers.
#[ipc_service]
trait Club {
    /// Tells all others, and returns how many that were.
    async fn tell_others(&self, ctx: Context, text: String) -> usize;
}

struct Numbered {
    number: u64,
    news: tokio::sync::mpsc::UnboundedSender<(u64, String)>,
}

const FAILS: u64 = 3;
const PANICS: u64 = 4;
const HANGS: u64 = 5;

impl Member for Numbered {
    async fn number(&self, _: Context) -> Result<u64, String> {
        match self.number {
            FAILS => Err("no number".to_owned()),
            PANICS => panic!("as was asked for"),
            HANGS => std::future::pending().await,
            number => Ok(number),
        }
    }

    async fn news(&self, _: Context, text: String) {
        self.news.send((self.number, text)).unwrap();
    }
}

/// The server's own view of all clients, once it is there.
struct Told(&'static OnceLock<ServerHandle>);

impl Club for Told {
    async fn tell_others(&self, ctx: Context, text: String) -> usize {
        let others = self.0.get().unwrap().peers();
        let others = others.except(ctx.peer().connection_id());
        let told = others.broadcast(|member: MemberClient| {
            let text = text.clone();
            async move { member.news(context::current(), text).await }
        });
        told.await.reached.len()
    }
}

type News = tokio::sync::mpsc::UnboundedReceiver<(u64, String)>;

/// A server, and so many clients that are numbered from 1.
async fn members(transport: Transport, count: u64) -> (Stage, Vec<LabClient>, News) {
    let server: &'static OnceLock<ServerHandle> = Box::leak(Box::default());
    let stage = Stage::with(transport, |builder| builder.service(Told(server).serve())).await;
    server.set(stage.handle.clone()).unwrap();
    let (news, told) = tokio::sync::mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for number in 1..=count {
        let news = news.clone();
        let member = stage.connect().serve(Numbered { number, news }.serve());
        clients.push(member.await.unwrap());
    }
    (stage, clients, told)
}

async fn each_answer_of_a_survey_says_whose_it_is(transport: Transport) {
    let (stage, clients, _) = members(transport, 6).await;
    let asked = async |member: MemberClient| {
        let hurry = context::with_timeout(Duration::from_millis(1_500));
        member.number(hurry).await
    };
    let results: Vec<_> = stage.handle.peers().survey(asked).collect().await;
    assert_eq!(results.len(), 6);
    for (number, client) in (1..).zip(&clients) {
        let id = client.connection().id();
        let mut of_it = results.iter().filter(|(whose, _)| *whose == id);
        let (_, result) = of_it.next().unwrap();
        assert!(of_it.next().is_none());
        match (number, result) {
            (FAILS, Err(CallError::Service(error))) => assert_eq!(error, "no number"),
            (PANICS, Err(CallError::Panicked)) => {}
            (HANGS, Err(error)) if error.is_timeout() => {}
            (number, Ok(answer)) => assert_eq!(*answer, number),
            other => panic!("{other:?}"),
        }
    }
    stage.end().await;
}

async fn a_client_that_does_not_answer_a_broadcast_costs_its_own_deadline_and_no_more(
    transport: Transport,
) {
    let (stage, clients, _) = members(transport, HANGS).await;
    let hurry = Duration::from_millis(1_500);
    let peers = stage.handle.peers();
    let asked = async |member: MemberClient| member.number(context::with_timeout(hurry)).await;
    let told = promptly(peers.broadcast(asked)).await;
    let id = |number: u64| clients[number as usize - 1].connection().id();
    let mut reached = told.reached;
    reached.sort_unstable();
    assert_eq!(reached, [id(1), id(2)]);
    // Those that answered did so before the one that did not was given up.
    let failed: Vec<_> = told.failed.iter().map(|(id, _)| *id).collect();
    assert_eq!(failed.len(), 3);
    assert_eq!(failed.last(), Some(&id(HANGS)));
    stage.end().await;
}

async fn a_client_has_all_others_told_and_not_itself(transport: Transport) {
    let (stage, clients, mut news) = members(transport, 4).await;
    for (number, client) in (1..).zip(&clients) {
        let club: ClubClient = client.connection().client();
        let told = club.tell_others(context::current(), format!("of {number}"));
        assert_eq!(told.await.unwrap(), 3);
        let mut readers = Vec::new();
        for _ in 0..3 {
            let (reader, text) = promptly(news.recv()).await.unwrap();
            assert_eq!(text, format!("of {number}"));
            readers.push(reader);
        }
        readers.sort_unstable();
        assert!(readers.into_iter().eq((1..=4).filter(|n| *n != number)));
    }
    assert!(news.try_recv().is_err());
    stage.end().await;
}

async fn ids_are_the_servers_and_none_is_given_twice(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let mut seen = Vec::new();
    for round in 0..10 {
        // A client may say what it wants to be called, and be called like another's id.
        let connect = match seen.last() {
            Some(last) if round % 2 == 0 => stage.connect().peer_name(format!("{last}")),
            _ => stage.connect(),
        };
        let client = connect.await.unwrap();
        let id = stage.connected().await;
        assert_eq!(client.connection().id(), id);
        assert_eq!(stage.handle.connection(id).unwrap().id(), id);
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.connection, Some(id.get()));
        assert!(!seen.contains(&id), "{id} twice");
        seen.push(id);
        // Ids of those that have gone are not used again.
        client.connection().close("").await;
        stage.disconnected().await;
        assert!(stage.handle.connection(id).is_none());
    }
    stage.end().await;
}

async fn answers_go_to_the_connection_that_asked_and_to_no_other(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(stage.client().await);
    }
    // The same numbers of calls are in flight on all of them, each with another answer.
    let calls = clients.iter().enumerate().flat_map(|(number, client)| {
        (0..50).map(move |call| async move {
            let text = format!("{number}/{call}");
            let echoed = client.echo(context::current(), text.clone()).await;
            assert_eq!(echoed.unwrap(), text);
        })
    });
    join_all(calls).await;
    // And they may be answered in another order than that in which they came.
    let mut hanging = Vec::new();
    for (id, client) in (0..).zip(&clients) {
        let call = stage.lab.hanging(client, context::current(), id).await;
        hanging.push(call);
    }
    for id in (0..8).rev() {
        stage.lab.release(id);
        let last = hanging.pop().unwrap();
        assert_eq!(promptly(last).await.unwrap(), id);
    }
    stage.end().await;
}

async fn a_client_that_goes_fails_its_own_calls_and_nobody_elses(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(stage.client().await);
    }
    let mut calls = Vec::new();
    for (id, client) in (0..).zip(&clients) {
        let call = stage.lab.hanging(client, context::without_deadline(), id);
        calls.push(call.await);
    }
    clients[1].connection().abort();
    clients[2]
        .connection()
        .close_within("", Duration::ZERO)
        .await;
    for gone in [2, 1] {
        let error = promptly(calls.remove(gone)).await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
        promptly(stage.lab.wait(Report::Dropped(gone as u64))).await;
    }
    stage.lab.release_all();
    let answers = promptly(join_all(calls)).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [0, 3]);
    stage.end().await;
}

async fn a_call_to_a_name_that_nobody_has_fails_at_once_however_long_it_might_take(
    transport: Transport,
) {
    let mut stage = Stage::with(transport, |server| server.relay()).await;
    let caller = stage.client().await;
    stage.connected().await;
    let gone = stage.connect().peer_name("gone").await.unwrap();
    let id = stage.connected().await;
    gone.connection().abort();
    assert_eq!(stage.disconnected().await.0, id);
    for name in ["nobody", "gone", ""] {
        let lab: LabClient = caller.connection().client_of(name);
        let call = lab.add(context::without_deadline(), 2, 3);
        let error = promptly(call).await.unwrap_err();
        assert!(matches!(error, CallError::PeerNotFound { .. }), "{error:?}");
        assert!(stage.handle.peer_named(name).is_none());
    }
    assert_eq!(caller.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn a_call_without_arguments_reaches_the_client_that_is_named(transport: Transport) {
    let stage = Stage::with(transport, |server| server.relay()).await;
    let (news, _told) = tokio::sync::mpsc::unbounded_channel();
    let mut named = Vec::new();
    for number in 1..=2 {
        let news = news.clone();
        let member = stage.connect().peer_name(format!("member-{number}"));
        let member = member.serve(Numbered { number, news }.serve());
        named.push(member.await.unwrap());
    }
    let caller = stage.client().await;
    let asking = (1..=2).map(|number| {
        let member: MemberClient = caller.connection().client_of(format!("member-{number}"));
        Task::spawn(async move { member.number(context::current()).await })
    });
    let answers = join_all(asking.map(Task::join)).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [1, 2]);
    stage.end().await;
}
