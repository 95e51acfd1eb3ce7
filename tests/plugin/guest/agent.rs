//! What the plugin does when it is asked to.

use std::io::{Read, Write, stderr, stdin, stdout};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{Context, Receiver, context};

use crate::api::{Agent, AgentClient, HeadquartersClient};

/// With a client of its own, or none: then it calls whoever calls it.
#[derive(Default)]
pub(crate) struct Agent007 {
    pub(crate) host: Option<HeadquartersClient>,
}

fn host(ctx: &Context) -> HeadquartersClient {
    ctx.peer().client()
}

impl Agent for Agent007 {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn agreed(&self, ctx: Context, feature: String) -> (Option<u32>, Option<u32>, bool) {
        let host = ctx.peer().connection().expect("the host calls");
        (
            host.service_version::<AgentClient>(),
            host.service_version::<HeadquartersClient>(),
            host.has_feature(&feature),
        )
    }

    async fn pid(&self, _: Context) -> u32 {
        std::process::id()
    }

    async fn variable(&self, _: Context, key: String) -> Option<String> {
        std::env::var(key).ok()
    }

    fn drain_stdin(&self, _: Context) -> usize {
        let mut bytes = Vec::new();
        stdin().lock().read_to_end(&mut bytes).unwrap_or(usize::MAX)
    }

    async fn run_program(&self, _: Context, program: String, args: Vec<String>) -> String {
        let output = Command::new(program)
            .args(args)
            .stdin(Stdio::inherit())
            .output()
            .expect("the program starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    async fn beget(&self, _: Context) -> u32 {
        let program = std::env::current_exe().expect("this is a program");
        #[expect(clippy::zombie_processes, reason = "that is what it is for")]
        let child = Command::new(program)
            .arg("sleep")
            .spawn()
            .expect("a child starts");
        child.id()
    }

    async fn ask_who(&self, ctx: Context) -> (String, u32) {
        let host = self.host.clone().unwrap_or_else(|| host(&ctx));
        let who = host.who_am_i(context::current()).await;
        who.expect("the host answers")
    }

    async fn flood_host(&self, ctx: Context, calls: u64) -> u64 {
        let host = host(&ctx);
        let calls = (0..calls).map(|_| host.count(context::current()));
        let counts = join_all(calls).await.into_iter();
        counts
            .map(|count| count.expect("the host answers"))
            .max()
            .unwrap_or_default()
    }

    fn print(&self, _: Context, to_stderr: bool, bytes: usize, line: usize) {
        let mut chunk = vec![b'x'; 64 * 1024];
        if line > 0 {
            for end in chunk.iter_mut().skip(line - 1).step_by(line) {
                *end = b'\n';
            }
        }
        let mut left = bytes;
        while left > 0 {
            let now = left.min(chunk.len());
            let written = match to_stderr {
                true => stderr().write_all(&chunk[..now]),
                false => stdout().write_all(&chunk[..now]),
            };
            written.expect("somebody reads");
            left -= now;
        }
    }

    async fn say(&self, _: Context, line: String) {
        println!("{line}");
    }

    async fn panic(&self, _: Context) -> u32 {
        panic!("as I was told");
    }

    async fn abort(&self, _: Context) -> u32 {
        eprintln!("the last words");
        std::process::abort()
    }

    async fn exit(&self, _: Context, code: i32) -> u32 {
        std::process::exit(code)
    }

    async fn hang(&self, _: Context) -> u32 {
        std::future::pending().await
    }

    async fn block_all(&self, _: Context) -> u32 {
        for _ in 0..64 {
            spawn(async { sleep_for_ever() });
        }
        sleep_for_ever()
    }

    async fn block_later(&self, _: Context, millis: u64) {
        for _ in 0..64 {
            spawn(async move {
                pause(millis).await;
                sleep_for_ever()
            });
        }
    }

    async fn answer_late(&self, _: Context, millis: u64) -> u32 {
        pause(millis).await;
        7
    }

    async fn fill(&self, _: Context, len: usize) -> Vec<u8> {
        vec![7; len]
    }

    async fn numbers(&self, ctx: Context) -> Receiver<u64> {
        ctx.stream(|tx| async move {
            for number in 0.. {
                if tx.send(number).await.is_err() {
                    break;
                }
            }
        })
    }

    async fn leave(&self, ctx: Context) {
        if let Some(connection) = ctx.peer().connection() {
            // Not waited for: it waits for this.
            spawn(async move {
                connection.close("I have done my part").await;
            });
        }
    }

    async fn hang_up(&self, ctx: Context) {
        if let Some(connection) = ctx.peer().connection() {
            connection.abort();
        }
    }
}

pub(crate) fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what this process leaves behind ends with it"
)]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

#[expect(clippy::disallowed_methods, reason = "it is told to take its time")]
pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
