// What travels is owned, concrete, and the same for both peers.
use std::borrow::Cow;
use std::ffi::{CStr, OsStr};
use std::path::Path;

use ipc_rpc::{Context, ipc_service};

trait Thing {}

#[ipc_service]
trait Service {
    async fn text(&self, ctx: Context, a: &str);
    async fn slice(&self, ctx: Context, a: Option<&[u8]>);
    async fn paths(&self, ctx: Context, a: &Path, b: &OsStr, c: &CStr);
    async fn value(&self, ctx: Context, a: &mut u8);
    async fn object(&self, ctx: Context, a: &dyn Thing);
    async fn lifetime(&self, ctx: Context, a: Cow<'_, str>);
    async fn opaque(&self, ctx: Context, a: impl Into<u8>);
    async fn inferred(&self, ctx: Context, a: Vec<_>);
    async fn of_implementor(&self, ctx: Context) -> Self::Item;
    async fn output(&self, ctx: Context) -> &str;
}

#[ipc_service]
trait Results {
    async fn hides_error(&self, ctx: Context) -> std::io::Result<u8>;
    async fn hides_all(&self, ctx: Context) -> std::fmt::Result;
}

#[ipc_service]
trait TarpcsForm {
    async fn text(a: &str) -> &'static str;
}

fn main() {}
