//! `#[ipc(..)]`, in both forms.

use super::{rejects, rejects_method};

#[test]
fn an_unknown_option_is_rejected() {
    rejects_method(
        "#[ipc(once)] async fn a(&self, ctx: Context);",
        "once",
        "`#[ipc]` has no key `once`, expected one of `oneway`, `timeout`, `idempotent`, `name`, \
         `spawn` and `since`",
    );
}

#[test]
fn an_option_given_twice_is_rejected() {
    rejects_method(
        "#[ipc(oneway)] #[ipc(oneway)] async fn a(&self, ctx: Context);",
        "oneway",
        "`oneway` is given twice",
    );
}

#[test]
fn a_flag_with_a_value_is_rejected() {
    rejects_method(
        "#[ipc(oneway = true)] async fn a(&self, ctx: Context);",
        "true",
        "`oneway` takes no value",
    );
}

#[test]
fn an_option_without_its_value_is_rejected() {
    rejects_method(
        "#[ipc(timeout)] async fn a(&self, ctx: Context);",
        "timeout",
        r#"`timeout` needs a value, as in `timeout = "5m"`"#,
    );
}

#[test]
fn options_without_a_list_is_rejected() {
    rejects_method(
        "#[ipc] async fn a(&self, ctx: Context);",
        "#[ipc]",
        "`#[ipc]` expects a list, as in `#[ipc(oneway)]`",
    );
}

#[test]
fn a_timeout_that_is_no_string_is_rejected() {
    rejects_method(
        "#[ipc(timeout = 5)] async fn a(&self, ctx: Context);",
        "5",
        r#"`timeout` expects a string, as in `timeout = "5m"`, found `5`"#,
    );
}

#[test]
fn a_timeout_without_a_unit_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "5")] async fn a(&self, ctx: Context);"#,
        r#""5""#,
        r#"the timeout "5" has no unit, expected one of ns, us, ms, s, m, h and d"#,
    );
}

#[test]
fn a_timeout_with_an_unknown_unit_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "5 weeks")] async fn a(&self, ctx: Context);"#,
        r#""5 weeks""#,
        r#"the timeout "5 weeks" has the unit " weeks", expected one of ns, us, ms, s, m, h and d"#,
    );
}

#[test]
fn a_timeout_without_a_number_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "soon")] async fn a(&self, ctx: Context);"#,
        r#""soon""#,
        "`timeout` expects a whole number with a unit, as in \"500ms\" or \"5m\", or \"none\", \
         found \"soon\"",
    );
}

#[test]
fn a_timeout_with_a_fraction_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "1.5s")] async fn a(&self, ctx: Context);"#,
        r#""1.5s""#,
        "`timeout` expects a whole number with a unit, as in \"500ms\" or \"5m\", or \"none\", \
         found \"1.5s\"",
    );
}

#[test]
fn a_timeout_of_zero_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "0s")] async fn a(&self, ctx: Context);"#,
        r#""0s""#,
        r#"a timeout of zero fails every call; write "none" for a call without one"#,
    );
}

#[test]
fn a_timeout_beyond_counting_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "99999999999999999d")] async fn a(&self, ctx: Context);"#,
        r#""99999999999999999d""#,
        r#"a timeout of "99999999999999999d" is longer than can be counted"#,
    );
}

#[test]
fn an_empty_name_on_the_wire_is_rejected() {
    rejects_method(
        r#"#[ipc(name = "")] async fn a(&self, ctx: Context);"#,
        r#""""#,
        "a name on the wire cannot be empty",
    );
}

#[test]
fn a_name_on_the_wire_with_a_space_is_rejected() {
    rejects_method(
        r#"#[ipc(name = "a b")] async fn a(&self, ctx: Context);"#,
        r#""a b""#,
        "a name on the wire cannot have white space or control characters, found ' '",
    );
}

#[test]
fn a_blocking_method_that_is_spawned_is_rejected() {
    rejects_method(
        "#[ipc(spawn)] fn a(&self, ctx: Context);",
        "spawn",
        "`spawn` is for `async fn`: a method declared `fn` runs on the blocking pool anyway",
    );
}

#[test]
fn a_method_from_version_zero_is_rejected() {
    rejects_method(
        "#[ipc(since = 0)] async fn a(&self, ctx: Context);",
        "0",
        "`since` expects a version between 1 and 4294967295, found 0",
    );
}

#[test]
fn a_method_from_the_future_is_rejected() {
    rejects(
        "#[ipc_service(version = 2)] trait S { #[ipc(since = 3)] async fn a(&self, ctx: Context); \
         }",
        "3",
        "method `a` is there since version 3, but the service is at version 2; write \
         `#[ipc_service(version = 3)]`",
    );
}

#[test]
fn an_option_in_tarpcs_form_is_rejected() {
    rejects_method(
        "#[ipc(idempotent)] async fn a();",
        "idempotent",
        "`idempotent` has no meaning for a service in tarpc's form: its client retries by a policy \
         of its own, `tarpc::client::stub::retry`",
    );
}

#[test]
fn a_timeout_in_tarpcs_form_is_rejected() {
    rejects_method(
        r#"#[ipc(timeout = "1s")] async fn a();"#,
        "timeout",
        "`timeout` has no meaning for a service in tarpc's form: its deadlines come from tarpc's \
         own context",
    );
}

#[test]
fn an_unknown_option_in_tarpcs_form_is_rejected() {
    rejects_method(
        "#[ipc(once)] async fn a();",
        "once",
        "`#[ipc]` has no key `once`, expected `name`",
    );
}

#[test]
fn a_blocking_method_in_tarpcs_form_is_rejected() {
    rejects_method(
        "fn a();",
        "fn",
        "method `a` is declared `fn`, expected `async fn`: tarpc's form has no blocking methods",
    );
}

#[test]
fn a_default_body_in_tarpcs_form_is_rejected() {
    rejects_method(
        "async fn a() {}",
        "{}",
        "method `a` has a body, expected `;`: tarpc's form has no default bodies",
    );
}

#[test]
fn an_unknown_argument_of_the_attribute_is_rejected() {
    rejects(
        "#[ipc_service(nam = 1)] trait S {}",
        "nam",
        "`#[ipc_service]` has no key `nam`, expected one of `name`, `version`, `crate`, `calls` and \
         `derive`",
    );
}

#[test]
fn options_that_depend_on_a_cfg_attr_are_rejected() {
    rejects_method(
        "#[cfg_attr(unix, ipc(oneway))] async fn a(&self, ctx: Context);",
        "#[cfg_attr(unix, ipc(oneway))]",
        "`#[ipc(..)]` cannot depend on a `cfg_attr`, whose condition is not known yet; \
         declare the method twice, under one `#[cfg]` each",
    );
}
