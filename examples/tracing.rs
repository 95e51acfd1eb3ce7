//! One trace in two processes: a host calls a child, and the child calls back while it serves that call.
//!
//! Run it: `cargo run --example tracing`
//!
//! Both processes put their calls into spans and print these as they end; the example then checks that all of them are of
//! the trace that the host has begun.
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use ipc_rpc::layer::TraceCalls;
use ipc_rpc::{Context, Server, SocketName, TraceContext, context, ipc_service};
use tracing_subscriber::fmt::format::FmtSpan;

/// Served by the child.
#[ipc_service]
pub trait Shop {
    /// What so many of an article cost.
    async fn order(&self, ctx: Context, article: String, count: u64) -> Result<u64, String>;
}

/// Served by the host.
#[ipc_service]
pub trait Prices {
    /// What one of an article costs, in cents.
    async fn price(&self, ctx: Context, article: String) -> u64;
}

struct Counter;

impl Shop for Counter {
    async fn order(&self, ctx: Context, article: String, count: u64) -> Result<u64, String> {
        let prices: PricesClient = ctx.peer().client();
        // Takes deadline and trace of the call that is being served.
        let price = prices.price(context::current(), article).await;
        Ok(count * price.map_err(|error| error.to_string())?)
    }
}

/// Remembers of which trace the last question was.
#[derive(Clone, Default)]
struct List(Arc<Mutex<Option<TraceContext>>>);

impl Prices for List {
    async fn price(&self, ctx: Context, _: String) -> u64 {
        *self.0.lock().expect("nobody panics with it") = ctx.trace_context();
        250
    }
}

/// Lines that are printed, and kept to be looked at.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panics with it");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write_all(bytes)?;
        self.0.lock().expect("nobody panics with it").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// Prints each span when it ends.
fn print_spans(lines: Lines) {
    tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .with_writer(move || lines.clone())
        .init();
}

/// How many spans of the trace these lines tell of.
fn spans_of(trace: TraceContext, lines: &str) -> usize {
    let id = format!("trace_id={:032x}", trace.trace_id);
    lines.lines().filter(|line| line.contains(&id)).count()
}

/// The child: serves until its input ends.
async fn shop(name: String) -> Result<(), Box<dyn Error>> {
    let server = Server::builder(name).layer(TraceCalls::new());
    let server = server.service(Counter.serve()).bind()?;
    println!("ready");
    let input_closed = tokio::task::spawn_blocking(|| io::stdin().lines().next());
    server.run_until(input_closed).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lines = Lines::default();
    print_spans(lines.clone());
    if let Some(name) = std::env::args().nth(1) {
        return shop(name).await;
    }
    let name = SocketName::unique().to_string();
    let mut command = Command::new(std::env::current_exe()?);
    let command = command.arg(&name).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
    output.read_line(&mut String::new())?;

    let list = List::default();
    let shop = ShopClient::connect(&name).layer(TraceCalls::new());
    let shop = shop.serve(list.clone().serve()).await?;
    // As a rule a tracing library makes it: this crate carries traces, and begins none.
    let trace = TraceContext {
        trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
        span_id: 0x00f0_67aa_0ba9_02b7,
        sampled: true,
    };
    let ctx = context::current().with_trace_context(trace);
    let total = shop.order(ctx, "apples".to_owned(), 3).await?;
    println!("in all: {total} cents");
    shop.connection().close("done").await;
    drop(child.stdin.take());

    let mut theirs = String::new();
    for line in output.lines() {
        let line = line?;
        println!("[child] {line}");
        theirs += &(line + "\n");
    }
    child.wait()?;
    let (there, here) = (spans_of(trace, &theirs), spans_of(trace, &lines.text()));
    println!("spans of this trace in the child: {there}, here: {here}");
    let asked = *list.0.lock().map_err(|_| "poisoned")?;
    let belongs = asked.is_some_and(|asked| asked.trace_id == trace.trace_id);
    println!(
        "the call back belongs to it: {}",
        if belongs { "yes" } else { "no" }
    );
    if (there, here, belongs) != (1, 1, true) {
        return Err("the trace has fallen apart".into());
    }
    Ok(())
}
