//! Names that clash.

use super::{rejects, rejects_method};

#[test]
fn two_methods_of_one_name_are_rejected() {
    rejects(
        "trait S { async fn a(&self, ctx: Context); async fn a(&self, ctx: Context); }",
        "a",
        "there are two methods `a`; both need a `#[cfg]` if they are alternatives, and otherwise \
         one needs another name",
    );
}

#[test]
fn two_methods_of_one_name_under_one_cfg_are_rejected() {
    rejects(
        "trait S { #[cfg(unix)] async fn a(&self, ctx: Context); #[cfg(unix)] async fn a(&self, \
         ctx: Context); }",
        "a",
        "there are two methods `a`; both need a `#[cfg]` if they are alternatives, and otherwise \
         one needs another name",
    );
}

#[test]
fn two_methods_of_one_name_on_the_wire_are_rejected() {
    rejects(
        "trait S { async fn a(&self, ctx: Context); #[ipc(name = \"a\")] async fn b(&self, ctx: \
         Context); }",
        r#""a""#,
        r#"methods `a` and `b` are both called "a" on the wire"#,
    );
}

#[test]
fn two_methods_of_one_variant_are_rejected() {
    rejects(
        "trait S { async fn a_b(&self, ctx: Context); async fn a__b(&self, ctx: Context); }",
        "a__b",
        "methods `a_b` and `a__b` are told apart by underscores and case alone, and both make a \
         variant `AB`; rename one in Rust, and `#[ipc(name = \"a__b\")]` keeps its name on the \
         wire",
    );
}

#[test]
fn two_methods_of_one_id_are_rejected() {
    rejects(
        "trait S { async fn costarring(&self, ctx: Context); async fn liquid(&self, ctx: Context); \
         }",
        "liquid",
        "methods \"costarring\" and \"liquid\" have the same id on the wire, 0x5e4daa9d; give one \
         of them another name there with `#[ipc(name = \"…\")]`",
    );
}

#[test]
fn two_methods_of_one_id_by_their_names_on_the_wire_are_rejected() {
    rejects(
        "trait S { async fn costarring(&self, ctx: Context); #[ipc(name = \"liquid\")] async fn \
         a(&self, ctx: Context); }",
        r#""liquid""#,
        "methods \"costarring\" and \"liquid\" have the same id on the wire, 0x5e4daa9d; give one \
         of them another name there with `#[ipc(name = \"…\")]`",
    );
}

#[test]
fn a_method_called_serve_is_rejected() {
    rejects_method(
        "async fn serve(&self, ctx: Context);",
        "serve",
        "a method cannot be called `serve`, which is the generated method that makes a server of \
         the service; rename it in Rust, and `#[ipc(name = \"serve\")]` keeps its name on the wire",
    );
}

#[test]
fn a_method_called_like_one_of_the_client_is_rejected() {
    rejects_method(
        r#"#[ipc(name = "link")] async fn connect(&self, ctx: Context);"#,
        "connect",
        "a method cannot be called `connect`, which is a constructor of the generated client; \
         rename it in Rust, and `#[ipc(name = \"link\")]` keeps its name on the wire",
    );
}

#[test]
fn a_method_called_like_a_constructor_of_tarpcs_is_rejected() {
    rejects_method(
        "async fn from();",
        "from",
        "a method cannot be called `from`, which is a constructor of the generated client; rename \
         it in Rust, and `#[ipc(name = \"from\")]` keeps its name on the wire",
    );
}

#[test]
fn an_argument_called_like_the_answer_is_rejected_where_calls_are_values() {
    let method = "async fn a(&self, ctx: Context, r#reply: u8);";
    rejects(
        &format!("#[ipc_service(calls)] trait S {{ {method} }}"),
        "r#reply",
        "an argument cannot be called `reply`, as the answer in the calls that `calls` generates is",
    );
    let (_, elsewhere) = crate::tests::understand(&format!("trait S {{ {method} }}"));
    assert!(elsewhere.is_ok());
}
