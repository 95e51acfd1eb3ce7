//! What hostile bytes cost in memory: as much as has arrived, never as much as is announced. Each test runs in a
//! process of its own, whose memory is nobody else's, and the hostile peers within it keep nothing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use ipc_rpc::{Config, Connect};
use rustix::mm::{Advice, madvise};
use support::{LabClient, Task, watched};

use super::Target;
use super::raw::{
    CANCEL, Frame, ITEMS, Offer, PING, RESPONSE, Raw, STREAMS, SocketFile, VIOLATION, prelude,
};
use crate::item_streams::hostile::{frame, ids, items, opening, single, small, target};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Set where a test is alone.
const ALONE: &str = "IPC_RPC_TEST_ALONE";

macro_rules! alone {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            #[test]
            fn in_a_process_of_its_own() {
                let module = module_path!();
                let (_, module) = module.split_once("::").expect("a module of this crate");
                super::alone(&format!("{module}::in_a_process_of_its_own"), super::$scenario);
            }
        }
    )+};
}

alone! {
    hellos_that_announce_4_gib_cost_nothing,
    a_hello_costs_what_has_arrived_of_it,
    a_frame_costs_what_has_arrived_of_it,
    what_follows_a_broken_header_is_not_kept,
    answers_that_a_peer_does_not_read_are_bounded,
    lengths_within_arguments_cost_nothing,
    handlers_of_a_peer_that_does_not_read_keep_what_they_return,
    a_verdict_costs_what_has_arrived_of_it,
    streams_that_nobody_reads_cost_a_window_each,
    items_that_are_none_cost_nothing,
    streams_of_answers_to_nothing_cost_nothing,
}

fn alone<F: Future<Output = ()> + 'static>(test: &str, scenario: fn() -> F) {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        return runtime.block_on(scenario());
    }
    let test = test.to_owned();
    watched(move || {
        let program = std::env::current_exe().expect("a test knows its program");
        let output = Command::new(program)
            .args(["--exact", &test, "--nocapture"])
            .env(ALONE, "1")
            .output()
            .expect("the program runs");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("1 passed"), "{told}\n{output:?}");
    });
}

/// The memory of this process, by the name that the system has for it.
fn memory(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("there is such a line");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<usize>().expect("a number") * KIB
}

/// How much more memory than before was in use at once, at most, while `work` ran.
async fn growth(work: impl Future<Output = ()>) -> usize {
    map_program();
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
    let before = memory("VmRSS:");
    work.await;
    memory("VmHWM:").saturating_sub(before)
}

/// Maps all of the program's files. How much of them comes in with code that runs for the first time is up to the linker and
/// to what the system has cached, and it is more than some of these tests allow.
///
/// Linux maps them since version 5.14; before that, they count.
#[expect(unsafe_code, reason = "the system is told of its own addresses")]
fn map_program() {
    let maps = fs::read_to_string("/proc/self/maps").expect("the system tells");
    for line in maps.lines() {
        // `55d0c0de0000-55d0c0df0000 r-xp 00001000 fe:00 1234 /path`, with inode 0 if it is no file's.
        let mut fields = line.split_ascii_whitespace();
        let range = fields.next().and_then(|range| range.split_once('-'));
        let (begin, end) = range.expect("a range of addresses");
        let access = fields.next().expect("what may be done there");
        let inode = fields.nth(2).expect("a number");
        if inode == "0" || !access.starts_with('r') {
            continue;
        }
        let [begin, end] =
            [begin, end].map(|at| usize::from_str_radix(at, 16).expect("an address"));
        let address = std::ptr::with_exposed_provenance_mut(begin);
        // SAFETY: this reads pages as any access would, and changes none.
        let _ = unsafe { madvise(address, end - begin, Advice::LinuxPopulateRead) };
    }
}

#[track_caller]
fn assert_within(growth: usize, limit: usize) {
    assert!(growth <= limit, "{growth} bytes, {limit} would do");
}

/// A server that lingers for as long as the test runs, so that nothing is hidden by an early end.
async fn patient(change: impl FnOnce(&mut Config)) -> Target {
    let mut config = Config::default();
    config.linger_timeout = Duration::from_secs(3600);
    config.handshake_timeout = Duration::from_secs(3600);
    change(&mut config);
    Target::with(|server| server.config(config)).await
}

/// Lets the peers, which share this thread, see what was sent.
async fn flood(peer: &mut Raw, bytes: &[u8], total: usize) {
    let mut sent = 0;
    while sent < total && peer.try_send(bytes).await {
        sent += bytes.len();
    }
}

async fn hellos_that_announce_4_gib_cost_nothing() {
    let mut target = Target::new().await;
    async fn announce(target: &mut Target) {
        let mut peer = target.stranger().await;
        peer.send(prelude(1, u32::MAX)).await;
        peer.verdict().await;
        super::refused(&mut target.stage.events).await;
    }
    for _ in 0..100 {
        announce(&mut target).await;
    }
    let growth = growth(async {
        for _ in 0..1000 {
            announce(&mut target).await;
        }
    })
    .await;
    assert_within(growth, MIB);
}

async fn a_hello_costs_what_has_arrived_of_it() {
    let target = patient(|_| {}).await;
    // What the first client touches for the first time is not what the strangers cost.
    drop(target.stage.client().await);
    drop(target.stranger().await);
    let mut strangers = Vec::new();
    let growth = growth(async {
        for _ in 0..64 {
            let mut peer = target.stranger().await;
            peer.send(prelude(1, 64 * KIB as u32 - 16)).await;
            peer.send([0; 100]).await;
            strangers.push(peer);
        }
        // Behind them in the queue of accepted connections; displaces one of them.
        drop(target.stage.client().await);
    })
    .await;
    assert_within(growth, 2 * MIB);
}

async fn a_frame_costs_what_has_arrived_of_it() {
    let mut target = patient(|_| {}).await;
    let header = Frame::call(0, "measure", []).header(8 * MIB as u32);
    let part = vec![7; MIB];
    let mut peers = Vec::new();
    for _ in 0..50 {
        peers.push(target.peer().await);
    }
    let growth = growth(async {
        for peer in &mut peers {
            peer.send(&header).await;
            // More than a socket holds, so that most of it has been read when this returns.
            peer.send(&part).await;
        }
    })
    .await;
    assert_within(growth, 60 * MIB);
}

async fn what_follows_a_broken_header_is_not_kept() {
    let mut target = patient(|_| {}).await;
    let garbage = vec![0xff; 256 * KIB];
    let oversize = Frame::new(PING, 0, 0).header(u32::MAX);
    let again = [
        Frame::call(0, "hang", [1]).bytes(),
        Frame::call(0, "hang", [1]).bytes(),
    ];
    let announced = Frame::call(1, "measure", []).header(8 * MIB as u32);
    for broken in [
        garbage[..32].to_vec(),
        oversize,
        [again.concat(), announced].concat(),
    ] {
        let mut peer = target.peer().await;
        let growth = growth(async {
            peer.send(&broken).await;
            flood(&mut peer, &garbage, 128 * MIB).await;
        })
        .await;
        // The last of them may have one frame under way when it breaks.
        assert_within(growth, 12 * MIB);
        peer.expect_goodbye(VIOLATION).await;
        drop(peer);
        target.violation().await;
    }
}

async fn answers_that_a_peer_does_not_read_are_bounded() {
    let mut target = patient(|config| config.max_outbound_len = MIB).await;
    let offer = Offer {
        max_frame_len: u32::MAX,
        ..Offer::default()
    };
    let ping = Frame {
        body: vec![7; MIB],
        ..Frame::new(PING, 0, 0)
    };
    let unknown = Frame {
        method: 0,
        ..Frame::call(0, "echo", [])
    };
    let undecodable = Frame::call(0, "echo", [0xff; 20]);
    for flooding in [
        ping.bytes(),
        unknown.bytes().repeat(KIB),
        undecodable.bytes().repeat(KIB),
    ] {
        let mut peer = target.peer_with(&offer).await;
        let growth = growth(flood(&mut peer, &flooding, 512 * MIB)).await;
        assert_within(growth, 8 * MIB);
        drop(peer);
        target.stage.disconnected().await;
    }
}

async fn lengths_within_arguments_cost_nothing() {
    let mut target = patient(|_| {}).await;
    let mut peer = target.peer().await;
    let long = [0xff, 0xff, 0xff, 0xff, 0x0f];
    peer.call(&Frame::call(0, "measure", long)).await;
    let growth = growth(async {
        for name in ["measure", "echo", "parts", "join"] {
            for _ in 0..1000 {
                peer.call(&Frame::call(0, name, long)).await;
                peer.call(&Frame::call(0, name, [0xfe; 9])).await;
            }
        }
    })
    .await;
    assert_within(growth, 2 * MIB);
}

async fn handlers_of_a_peer_that_does_not_read_keep_what_they_return() {
    let mut target = patient(|config| {
        config.max_in_flight = 32;
        config.max_outbound_len = MIB;
    })
    .await;
    let mut peer = target.peer().await;
    // 262,144 as a varint.
    let len = [0x80, 0x80, 0x10];
    let growth = growth(async {
        for slot in 0..32 {
            peer.send_frame(&Frame::call(slot, "fill_body", len)).await;
        }
        for _ in 0..1000 {
            peer.send_frame(&Frame::new(CANCEL, 99, 0)).await;
        }
        drop(target.stage.client().await);
    })
    .await;
    assert_within(growth, 32 * 256 * KIB + 2 * MIB + 2 * MIB);
}

async fn a_verdict_costs_what_has_arrived_of_it() {
    let socket = SocketFile::new();
    let listener = socket.listen();
    let mut caught = Vec::new();
    let growth = growth(async {
        for _ in 0..100 {
            let connecting = Task::spawn(Connect::<LabClient>::new(socket.name()).into_future());
            let (stream, _) = listener.accept().await.unwrap();
            let mut server = Raw(stream);
            server.message().await;
            server.send(prelude(2, MIB as u32 - 16)).await;
            server.send([0; 100]).await;
            tokio::task::yield_now().await;
            caught.push((connecting, server));
        }
    })
    .await;
    // The clients themselves are in it; what was announced is a hundred MiB.
    assert_within(growth, 16 * MIB);
}

async fn streams_that_nobody_reads_cost_a_window_each() {
    let mut config = Config::default();
    config.max_streams = 64;
    config.stream_window_len = 64 * KIB;
    config.linger_timeout = Duration::from_secs(3600);
    let (mut target, flows) = target(config).await;
    let mut peer = target.peer().await;
    for slot in 0..64_u32 {
        let stream = (slot, 0);
        let hold = opening(slot, "hold", &[stream], &[slot as u8]);
        peer.send_frame(&hold).await;
        flows.wait(slot.into(), |flow| flow.started).await;
    }
    let growth = growth(async {
        for slot in 0..64 {
            // All the credit there is, in the smallest items and in one that is as large.
            peer.send_frame(&items((slot, 0), 1000)).await;
            peer.send_frame(&single((slot, 0), 62 * KIB)).await;
        }
        super::assert_alive(&mut peer).await;
        // To streams that are not open goes as much as the peer likes.
        let lost = single((64, 0), 64 * KIB).bytes();
        flood(&mut peer, &lost, 256 * MIB).await;
        super::assert_alive(&mut peer).await;
    })
    .await;
    assert_within(growth, 64 * 80 * KIB + 2 * MIB);
    // What is more is no longer kept, either.
    let beyond = single((0, 0), 64 * KIB).bytes();
    flood(&mut peer, &beyond.repeat(16), 256 * MIB).await;
    peer.expect_goodbye(VIOLATION).await;
    drop(peer);
    target.violation().await;
}

async fn items_that_are_none_cost_nothing() {
    let (mut target, flows) = target(small()).await;
    let mut peer = target.peer().await;
    let stream = (0, 0);
    peer.send_frame(&opening(0, "hold", &[stream], &[1])).await;
    flows.wait(1, |flow| flow.started).await;
    // They take no credit, so there may be as many as the peer likes.
    let nothing = frame(ITEMS, stream, []).bytes().repeat(KIB);
    let growth = growth(async {
        flood(&mut peer, &nothing, 64 * MIB).await;
        peer.send_frame(&single(stream, 0)).await;
        flood(&mut peer, &nothing, 64 * MIB).await;
        super::assert_alive(&mut peer).await;
    })
    .await;
    assert_within(growth, MIB);
}

async fn streams_of_answers_to_nothing_cost_nothing() {
    let mut config = small();
    config.max_outbound_len = 64 * KIB;
    let (mut target, _) = target(config).await;
    let mut peer = target.peer().await;
    let answer = Frame {
        flags: STREAMS,
        body: ids(&[(1, 1); 1000]),
        ..Frame::new(RESPONSE, 0, 0)
    };
    // Each is to be stopped, and nobody reads that.
    let growth = growth(flood(&mut peer, &answer.bytes(), 512 * MIB)).await;
    assert_within(growth, 8 * MIB);
    drop(peer);
    target.stage.disconnected().await;
}
