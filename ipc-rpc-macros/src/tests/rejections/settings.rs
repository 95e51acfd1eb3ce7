//! The arguments of `#[ipc_service]`.

use super::rejects;

#[test]
fn an_argument_of_the_attribute_given_twice_is_rejected() {
    rejects(
        "#[ipc_service(version = 1, version = 2)] trait S {}",
        "version",
        "`version` is given twice",
    );
}

#[test]
fn a_version_that_is_no_number_is_rejected() {
    rejects(
        r#"#[ipc_service(version = "2")] trait S {}"#,
        r#""2""#,
        r#"`version` expects a number, as in `version = 2`, found `"2"`"#,
    );
}

#[test]
fn version_zero_is_rejected() {
    rejects(
        "#[ipc_service(version = 0)] trait S {}",
        "0",
        "`version` expects a version between 1 and 4294967295, found 0",
    );
}

#[test]
fn a_path_that_is_a_string_is_rejected() {
    rejects(
        r#"#[ipc_service(crate = "a::b")] trait S {}"#,
        r#""a::b""#,
        r#"`crate` expects a path, as in `crate = my_sdk::ipc_rpc`, found `"a::b"`"#,
    );
}

#[test]
fn a_path_with_generics_is_rejected() {
    rejects(
        "#[ipc_service(crate = a::<u8>::b)] trait S {}",
        "a::<u8>::b",
        "`crate` expects a path without generics, as in `crate = my_sdk::ipc_rpc`, found \
         `a::<u8>::b`",
    );
}

#[test]
fn derives_that_are_no_list_are_rejected() {
    rejects(
        "#[ipc_service(derive = Clone)] trait S { async fn a(); }",
        "Clone",
        "`derive` expects a list, as in `derive = [Clone, PartialEq]`, found `Clone`",
    );
}

#[test]
fn a_derive_that_is_no_path_is_rejected() {
    rejects(
        "#[ipc_service(derive = [1])] trait S { async fn a(); }",
        "1",
        "`derive` expects paths of derive macros, found `1`",
    );
}

#[test]
fn derives_in_our_form_are_rejected() {
    rejects(
        "#[ipc_service(derive = [Clone])] trait S { async fn a(&self, ctx: Context); }",
        "derive",
        "`derive` is for services in tarpc's form, whose requests are public; here the arguments \
         themselves are what is sent",
    );
}

#[test]
fn tarpcs_deprecated_argument_is_rejected() {
    rejects(
        "#[ipc_service(derive_serde = true)] trait S { async fn a(); }",
        "derive_serde",
        "`derive_serde` is deprecated in tarpc and unknown here; write `derive = [Serialize, \
         Deserialize]`, or `derive = []` for neither",
    );
}

#[test]
fn a_setting_that_is_no_assignment_is_rejected() {
    rejects(
        "#[ipc_service(version: 2)] trait S {}",
        ":",
        "found `:` after `version`, expected `=` or `,`",
    );
}

#[test]
fn a_setting_that_is_a_call_is_rejected() {
    rejects(
        "#[ipc_service(version(2))] trait S {}",
        "(2)",
        "found `(2)` after `version`, expected `=` or `,`",
    );
}

#[test]
fn calls_with_a_value_are_rejected() {
    rejects(
        "#[ipc_service(calls = true)] trait S {}",
        "true",
        "`calls` takes no value",
    );
}

#[test]
fn calls_in_tarpcs_form_are_rejected() {
    rejects(
        "#[ipc_service(calls)] trait S { async fn a(); }",
        "calls",
        "`calls` is for services whose methods have `&self` and `ctx: Context`; a service in \
         tarpc's form has none that a fold could take",
    );
}
