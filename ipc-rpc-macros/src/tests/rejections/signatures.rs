//! What stands around a signature.

use super::rejects_method;

#[test]
fn a_generic_method_is_rejected() {
    rejects_method(
        "async fn a<T>(&self, ctx: Context, b: T);",
        "T",
        "method `a` cannot be generic: peers must agree on every type; name concrete types instead",
    );
}

#[test]
fn a_method_with_a_where_clause_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: Context) where Self: Clone;",
        "where Self: Clone",
        "method `a` cannot have a `where` clause: a service has all its methods",
    );
}

#[test]
fn an_unsafe_method_is_rejected() {
    rejects_method(
        "async unsafe fn a(&self, ctx: Context);",
        "unsafe",
        "method `a` cannot be `unsafe`: peers promise nothing",
    );
}

#[test]
fn a_const_method_is_rejected() {
    rejects_method(
        "const fn a(&self, ctx: Context);",
        "const",
        "method `a` cannot be `const`: it runs in another process",
    );
}

#[test]
fn a_foreign_method_is_rejected() {
    rejects_method(
        r#"extern "C" fn a(&self, ctx: Context);"#,
        r#"extern "C""#,
        "method `a` cannot be `extern`: it is called through a peer",
    );
}

#[test]
fn a_variadic_method_is_rejected() {
    rejects_method(
        "fn a(&self, ctx: Context, ...);",
        "...",
        "method `a` cannot be variadic; take a `Vec`",
    );
}
