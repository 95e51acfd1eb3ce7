//! Streams where none can be.

use super::{complaints, rejects_method};

/// Asserts that `found` is the only complaint about `method`, as a part of `whole`.
#[track_caller]
fn rejects_within(method: &str, found: &str, whole: &str) {
    let message = format!(
        "found the stream `{found}` within `{whole}`, expected it by itself: as an argument, as \
         the output, or as the `Ok` of an output that is a `Result`"
    );
    rejects_method(method, found, &message);
}

#[test]
fn a_stream_within_an_argument_is_rejected() {
    for whole in [
        "Option<Receiver<u8>>",
        "Vec<ipc_rpc::Receiver<u8>>",
        "(Receiver<u8>, u8)",
        "[Receiver<u8>; 2]",
        "Vec<(u8, Option<Receiver<u8>>)>",
        "Result<Receiver<u8>, E>",
        "Box<dyn Fn(Receiver<u8>)>",
    ] {
        let found = if whole.contains("ipc_rpc") {
            "ipc_rpc::Receiver<u8>"
        } else {
            "Receiver<u8>"
        };
        rejects_within(
            &format!("async fn a(&self, ctx: Context, b: {whole});"),
            found,
            whole,
        );
    }
}

#[test]
fn a_stream_within_an_output_is_rejected() {
    for whole in [
        "Option<Receiver<u8>>",
        "Vec<Receiver<u8>>",
        "(Receiver<u8>, u8)",
        "Result<Option<Receiver<u8>>, E>",
    ] {
        rejects_within(
            &format!("async fn a(&self, ctx: Context) -> {whole};"),
            "Receiver<u8>",
            whole,
        );
    }
}

#[test]
fn a_stream_of_streams_is_rejected() {
    rejects_within(
        "async fn a(&self, ctx: Context, b: Receiver<Receiver<u8>>);",
        "Receiver<u8>",
        "Receiver<Receiver<u8>>",
    );
    rejects_within(
        "async fn a(&self, ctx: Context) -> Result<Receiver<Receiver<u8>>, E>;",
        "Receiver<u8>",
        "Result<Receiver<Receiver<u8>>, E>",
    );
}

#[test]
fn a_stream_as_an_error_is_rejected() {
    rejects_within(
        "async fn a(&self, ctx: Context) -> Result<u8, Receiver<u8>>;",
        "Receiver<u8>",
        "Result<u8, Receiver<u8>>",
    );
}

#[test]
fn a_borrowed_stream_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: &mut Receiver<u8>);",
        "&mut Receiver<u8>",
        "an argument cannot borrow, as it travels between processes: found `&mut Receiver<u8>`, \
         take `Receiver<u8>`",
    );
}

#[test]
fn a_stream_within_something_borrowed_is_rejected_for_both() {
    let places: Vec<_> =
        complaints("trait S { async fn a(&self, ctx: Context, b: &[Receiver<u8>]); }")
            .into_iter()
            .map(|(place, _)| place)
            .collect();
    assert_eq!(places, ["&[Receiver<u8>]", "Receiver<u8>"]);
}

#[test]
fn an_item_that_borrows_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> Receiver<&str>;",
        "&str",
        "an output cannot borrow, as it travels between processes: found `&str`, return `String`",
    );
}

#[test]
fn a_stream_without_the_type_of_its_items_is_rejected() {
    for (method, found) in [
        ("async fn a(&self, ctx: Context, b: Receiver);", "Receiver"),
        (
            "async fn a(&self, ctx: Context) -> Receiver<>;",
            "Receiver<>",
        ),
        (
            "async fn a(&self, ctx: Context) -> Result<ipc_rpc::Receiver, E>;",
            "ipc_rpc::Receiver",
        ),
        (
            "async fn a(&self, ctx: Context, b: Vec<Receiver>);",
            "Receiver",
        ),
    ] {
        rejects_method(
            method,
            found,
            &format!(
                "found `{found}`, expected `Receiver<T>`, a stream of `T`; a type that is no \
                 stream needs another name"
            ),
        );
    }
}

#[test]
fn a_stream_of_more_than_one_type_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: Receiver<u8, u16>);",
        "Receiver<u8, u16>",
        "found `Receiver<u8, u16>`, expected `Receiver<T>`, a stream of `T`; a type that is no \
         stream needs another name",
    );
}

#[test]
fn an_alias_of_a_result_with_a_stream_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> io::Result<Receiver<u8>>;",
        "io::Result<Receiver<u8>>",
        "found `io::Result<Receiver<u8>>`, expected `Result<Receiver<u8>, E>`: an alias of \
         `Result` hides which error is sent, so spell it out",
    );
}

#[test]
fn a_stream_in_tarpcs_form_is_rejected() {
    for method in [
        "async fn a(b: Receiver<u8>);",
        "async fn a() -> Receiver<u8>;",
        "async fn a() -> Result<Receiver<u8>, E>;",
        "async fn a(b: Vec<Receiver<u8>>);",
    ] {
        rejects_method(
            method,
            "Receiver<u8>",
            "found the stream `Receiver<u8>` in a service in tarpc's form, which has none; write \
             the methods with `&self` and `ctx: Context`",
        );
    }
}

#[test]
fn an_attribute_of_serdes_on_a_stream_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, #[serde(default)] b: Receiver<u8>);",
        "#[serde(default)]",
        "a stream takes no `#[serde(..)]` attributes, as it is no value, found `#[serde(default)]`",
    );
}

#[test]
fn a_stream_as_the_output_of_a_oneway_method_is_rejected() {
    rejects_method(
        "#[ipc(oneway)] async fn a(&self, ctx: Context) -> Receiver<u8>;",
        "Receiver<u8>",
        "a `oneway` method has no output, as nobody waits for it, found `Receiver<u8>`",
    );
}

#[test]
fn an_idempotent_method_that_takes_a_stream_is_rejected() {
    rejects_method(
        "#[ipc(idempotent)] async fn a(&self, ctx: Context, b: u8, c: Receiver<u8>);",
        "idempotent",
        "method `a` cannot be `idempotent`, as it takes the stream `c`: a stream is sent once \
         only, so the call cannot be repeated",
    );
}
