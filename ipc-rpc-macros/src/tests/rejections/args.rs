//! Arguments and outputs.

use super::rejects_method;

#[test]
fn a_borrowed_string_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: &str);",
        "&str",
        "an argument cannot borrow, as it travels between processes: found `&str`, take `String`",
    );
}

#[test]
fn a_borrowed_slice_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: Option<&[u8]>);",
        "&[u8]",
        "an argument cannot borrow, as it travels between processes: found `&[u8]`, take `Vec<u8>`",
    );
}

#[test]
fn a_borrowed_path_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: &std::path::Path);",
        "&std::path::Path",
        "an argument cannot borrow, as it travels between processes: found `&std::path::Path`, \
         take `PathBuf`",
    );
}

#[test]
fn a_borrowed_value_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: &mut Thing);",
        "&mut Thing",
        "an argument cannot borrow, as it travels between processes: found `&mut Thing`, take \
         `Thing`",
    );
}

#[test]
fn a_borrowed_trait_object_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: &dyn Thing);",
        "&dyn Thing",
        "an argument cannot borrow, as it travels between processes: found `&dyn Thing`, take a \
         concrete type",
    );
}

#[test]
fn a_borrowed_output_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> &str;",
        "&str",
        "an output cannot borrow, as it travels between processes: found `&str`, return `String`",
    );
}

#[test]
fn a_lifetime_in_an_argument_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: Cow<'_, str>);",
        "'_",
        "an argument cannot borrow, as it travels between processes: found the lifetime `'_`, \
         expected an owned type or `'static`",
    );
}

#[test]
fn an_argument_of_any_type_with_a_trait_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: impl Into<u8>);",
        "impl Into<u8>",
        "an argument cannot be `impl Trait`: peers must agree on every type, name a concrete one",
    );
}

#[test]
fn an_inferred_argument_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: Vec<_>);",
        "_",
        "an argument cannot be `_`, expected a type",
    );
}

#[test]
fn a_type_that_depends_on_the_implementor_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> Self::Item;",
        "Self::Item",
        "an output cannot depend on `Self`: the client does not know who implements the service",
    );
}

#[test]
fn a_pattern_as_an_argument_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, (b, c): (u8, u8));",
        "(b, c)",
        "found the pattern `(b, c)`, expected a name: it is what the argument is called on the \
         wire",
    );
}

#[test]
fn an_argument_without_a_name_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, _: u8);",
        "_",
        "found the pattern `_`, expected a name: it is what the argument is called on the wire",
    );
}

#[test]
fn a_mutable_argument_without_a_body_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, mut b: u8);",
        "mut b",
        "`mut` has no meaning in a method without a body; write `b`",
    );
}

#[test]
fn a_foreign_attribute_on_an_argument_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, #[cfg(unix)] b: u8);",
        "#[cfg(unix)]",
        "only `#[serde(..)]` attributes can stand on an argument, found `#[cfg]`",
    );
}

#[test]
fn two_arguments_of_one_name_are_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context, b: u8, b: u8);",
        "b",
        "method `a` has two arguments `b`",
    );
}

#[test]
fn an_argument_called_like_the_context_is_rejected() {
    rejects_method(
        "async fn a(&self, context: Context, ctx: u8);",
        "ctx",
        "an argument cannot be called `ctx`, as the context of the call is",
    );
}

#[test]
fn an_argument_called_like_tarpcs_context_is_rejected() {
    rejects_method(
        "async fn a(context: u8);",
        "context",
        "an argument cannot be called `context`, as the context of the call is",
    );
}

#[test]
fn a_result_that_hides_its_error_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> io::Result<u8>;",
        "io::Result<u8>",
        "found `io::Result<u8>`, expected `Result<u8, E>`: an alias of `Result` hides which error \
         is sent, so spell it out",
    );
}

#[test]
fn a_result_that_hides_all_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) -> fmt::Result;",
        "fmt::Result",
        "found `fmt::Result`, expected `Result<T, E>`: an alias of `Result` hides which error is \
         sent, so spell it out",
    );
}

#[test]
fn a_oneway_method_with_an_output_is_rejected() {
    rejects_method(
        "#[ipc(oneway)] async fn a(&self, ctx: Context) -> u8;",
        "u8",
        "a `oneway` method has no output, as nobody waits for it, found `u8`",
    );
}
