//! What the tests' host and plugin offer to each other.

use ipc_rpc::{Context, Receiver, ipc_service};

/// What the host offers.
#[ipc_service(version = 2)]
pub trait Headquarters {
    /// Returns the name and the process id under which the caller is known here.
    async fn who_am_i(&self, ctx: Context) -> (String, u32);

    /// Counts.
    async fn count(&self, ctx: Context) -> u64;
}

/// What the plugin offers, and what it does to itself when it is asked to.
#[ipc_service(version = 3)]
pub trait Agent {
    /// Adds.
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;

    /// The version of this service and of the host's that were agreed on, and whether both sides have a feature.
    async fn agreed(&self, ctx: Context, feature: String) -> (Option<u32>, Option<u32>, bool);

    /// Returns the plugin's process id.
    async fn pid(&self, ctx: Context) -> u32;

    /// Returns a variable of its environment.
    async fn variable(&self, ctx: Context, key: String) -> Option<String>;

    /// Reads its standard input to the end, and says how much there was.
    fn drain_stdin(&self, ctx: Context) -> usize;

    /// Runs a program with these arguments and the plugin's standard streams, and returns how its output ends.
    async fn run_program(&self, ctx: Context, program: String, args: Vec<String>) -> String;

    /// Starts a process that inherits its output and outlives it if it can. Returns its id.
    async fn beget(&self, ctx: Context) -> u32;

    /// Asks the host who this is.
    async fn ask_who(&self, ctx: Context) -> (String, u32);

    /// Calls the host so often, all at once, and returns the highest number that it counted to.
    async fn flood_host(&self, ctx: Context, calls: u64) -> u64;

    /// Prints so many bytes, in lines of so many; 0 for none.
    fn print(&self, ctx: Context, to_stderr: bool, bytes: usize, line: usize);

    /// Prints this.
    async fn say(&self, ctx: Context, line: String);

    /// Panics.
    async fn panic(&self, ctx: Context) -> u32;

    /// Aborts.
    async fn abort(&self, ctx: Context) -> u32;

    /// Exits with this code.
    async fn exit(&self, ctx: Context, code: i32) -> u32;

    /// Waits for ever.
    async fn hang(&self, ctx: Context) -> u32;

    /// Has every thread of the runtime wait for ever.
    async fn block_all(&self, ctx: Context) -> u32;

    /// Has every thread of the runtime wait for ever, after so many milliseconds.
    #[ipc(oneway)]
    async fn block_later(&self, ctx: Context, millis: u64);

    /// Answers after so many milliseconds.
    async fn answer_late(&self, ctx: Context, millis: u64) -> u32;

    /// Returns so many bytes.
    async fn fill(&self, ctx: Context, len: usize) -> Vec<u8>;

    /// Streams numbers until nobody reads them.
    async fn numbers(&self, ctx: Context) -> Receiver<u64>;

    /// Says goodbye to the host.
    async fn leave(&self, ctx: Context);

    /// Drops the connection and lives on.
    async fn hang_up(&self, ctx: Context);
}
