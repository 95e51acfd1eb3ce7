//! Names, ids and signatures: what must never change for a declaration that stays the same.

use std::time::Duration;

use syn::Type;

use crate::model::{Service, Timeout};
use crate::names;
use crate::signature;
use crate::spelling::spell;

fn understand(source: &str) -> Service {
    let (service, result) = super::understand(source);
    result.expect("the service is sound");
    service
}

/// The text whose hash is the signature of the only method.
fn signature_text(method: &str) -> String {
    let service = understand(&format!("trait Service {{ {method} }}"));
    let method = &service.methods[0];
    signature::text(&method.name.text, &method.args, &method.reply)
}

fn spelling(ty: &str) -> String {
    spell(syn::parse_str::<Type>(ty).expect("the test spells a type"))
}

#[test]
fn ids_are_fnv_1a_with_32_bits() {
    // Test vectors of the reference implementation.
    assert_eq!(signature::id(""), 0x811c_9dc5);
    assert_eq!(signature::id("a"), 0xe40c_292c);
    assert_eq!(signature::id("foobar"), 0xbf9c_f968);
}

#[test]
fn no_id_is_zero() {
    // The hash of this one is.
    assert_eq!(signature::id("ppkttia"), 1);
}

#[test]
fn signatures_are_fnv_1a_with_64_bits() {
    assert_eq!(
        signature_text("async fn a(&self, ctx: Context);"),
        "a() -> ()"
    );
    let service = understand("trait S { async fn a(&self, ctx: Context); }");
    let expected = b"a() -> ()"
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
    assert_eq!(service.methods[0].signature, expected);
}

#[test]
fn a_signature_names_arguments_types_and_output() {
    assert_eq!(
        signature_text(
            "async fn divide(&self, ctx: Context, a: i64, r#type: Vec<u8>) -> Result<i64, Error>;"
        ),
        "divide(a: i64, type: Vec<u8>) -> Result<i64, Error>"
    );
}

#[test]
fn a_signature_says_whether_there_is_an_answer() {
    assert_eq!(
        signature_text("#[ipc(oneway)] async fn note(&self, ctx: Context, line: String);"),
        "oneway note(line: String)"
    );
}

#[test]
fn a_signature_tells_streams_from_values() {
    assert_eq!(
        signature_text("async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64>;"),
        "primes(limit: u64) -> stream<u64>"
    );
    assert_eq!(
        signature_text("async fn x(&self, ctx: Context) -> Result<Receiver<u64>, String>;"),
        "x() -> Result<stream<u64>, String>"
    );
    assert_eq!(
        signature_text(
            "#[ipc(oneway)] async fn y(&self, ctx: Context, a: Receiver<Vec<u8>>, b: u8, c: \
             Receiver<()>);"
        ),
        "oneway y(a: stream<Vec<u8>>, b: u8, c: stream<()>)"
    );
}

#[test]
fn a_stream_is_the_same_through_whatever_path() {
    assert_eq!(
        signature_text(
            "async fn a(&self, ctx: Context, b: ipc_rpc::Receiver<u8,>) -> \
             std::result::Result<ipc_rpc::Receiver<u64>, E>;"
        ),
        signature_text(
            "async fn a(&self, ctx: Context, b: Receiver<u8>) -> Result<Receiver<u64>, E>;"
        )
    );
}

#[test]
fn a_stream_in_invisible_groups_is_one() {
    use proc_macro2::{Delimiter, Group, TokenTree};
    let grouped = |ty| TokenTree::Group(Group::new(Delimiter::None, ty));
    let item = grouped(quote::quote!(u8));
    let stream = grouped(quote::quote!(Receiver<#item>));
    let declaration = crate::parse::declaration(quote::quote! {
        trait S { async fn a(&self, ctx: Context, b: #stream) -> Result<#stream, E>; }
    });
    let mut errors = crate::errors::Errors::default();
    let declaration = declaration.expect("the test declares a trait");
    let service = crate::parse::service(Default::default(), &declaration, &mut errors);
    errors.finish().expect("the service is sound");
    let method = &service.methods[0];
    assert_eq!(
        signature::text("a", &method.args, &method.reply),
        "a(b: stream<u8>) -> Result<stream<u8>, E>"
    );
}

#[test]
fn somebody_elses_receiver_is_a_value() {
    for method in [
        "async fn a(&self, ctx: Context, b: <u8 as Sends>::Receiver) -> u8;",
        "async fn a(&self, ctx: Context, b: Receiver::Item) -> u8;",
    ] {
        let service = understand(&format!("trait Service {{ {method} }}"));
        assert!(!service.has_streams(), "{method}");
    }
    // With tarpc, nothing that is called `Receiver` is special.
    let service = understand("trait Service { async fn a(b: Receiver) -> Receiver; }");
    assert!(!service.has_streams());
}

#[test]
fn a_signature_uses_the_name_on_the_wire() {
    assert_eq!(
        signature_text("#[ipc(name = \"add\")] async fn sum(&self, ctx: Context) -> u8;"),
        "add() -> u8"
    );
}

#[test]
fn a_unit_output_is_the_same_whether_written_or_not() {
    assert_eq!(
        signature_text("async fn a(&self, ctx: Context) -> ();"),
        signature_text("async fn a(&self, ctx: Context);")
    );
}

#[test]
fn blocking_is_the_servers_business() {
    assert_eq!(
        signature_text("fn a(&self, ctx: Context) -> u8;"),
        signature_text("async fn a(&self, ctx: Context) -> u8;")
    );
}

#[test]
fn both_forms_have_the_same_signatures() {
    assert_eq!(
        signature_text("async fn a(&self, ctx: Context, b: u8) -> u8;"),
        signature_text("async fn a(b: u8) -> u8;")
    );
}

#[test]
fn types_are_spelled_as_one_writes_them() {
    for ty in [
        "HashMap<String, Vec<u8>>",
        "std::collections::BTreeMap<[u8; 4], (u8,)>",
        "(A<B, C>,)",
        "Box<dyn Fn(A) -> B + Send>",
        "Cow<'static, str>",
        "<T as Trait>::Item",
        "Option<()>",
    ] {
        assert_eq!(spelling(ty), ty);
    }
}

#[test]
fn layout_and_trailing_commas_leave_no_trace() {
    assert_eq!(
        spelling("HashMap<\n    String,\n    Vec<u8>,\n>"),
        "HashMap<String, Vec<u8>>"
    );
    assert_eq!(spelling("(A, B,)"), "(A, B)");
    assert_ne!(spelling("(A,)"), spelling("(A)"));
}

#[test]
fn invisible_groups_leave_no_trace() {
    use proc_macro2::{Delimiter, Group, TokenTree};
    let ty = quote::quote!(Vec<u8>);
    let group = TokenTree::Group(Group::new(Delimiter::None, ty));
    assert_eq!(spell(quote::quote!(Option<#group>)), "Option<Vec<u8>>");
}

#[test]
fn variants_are_those_that_tarpc_makes() {
    let variant = |name: &str| names::variant(&syn::parse_str(name).expect("the test has a name"));
    assert_eq!(variant("abc_def"), "AbcDef");
    assert_eq!(variant("abc_def_"), "AbcDef");
    assert_eq!(variant("_abc_def"), "AbcDef");
    assert_eq!(variant("abc__def"), "AbcDef");
    assert_eq!(variant("aBc_dEf"), "AbcDef");
    assert_eq!(variant("r#type"), "Type");
}

#[test]
fn every_name_of_a_method_makes_a_variant() {
    let variant = |name: &str| names::variant(&syn::parse_str(name).expect("the test has a name"));
    assert_eq!(variant("_1"), "Method1");
    assert_eq!(variant("self_"), "MethodSelf");
    assert_eq!(variant("__"), "Method");
}

#[test]
fn timeouts_have_units() {
    let timeout = |text: &str| {
        let method = format!("#[ipc(timeout = {text:?})] async fn a(&self, ctx: Context);");
        let service = understand(&format!("trait S {{ {method} }}"));
        match service.methods[0].timeout {
            Timeout::After(duration) => Some(duration),
            Timeout::Never => None,
            Timeout::Unset => panic!("the timeout is set"),
        }
    };
    assert_eq!(timeout("7ns"), Some(Duration::from_nanos(7)));
    assert_eq!(timeout("7us"), Some(Duration::from_micros(7)));
    assert_eq!(timeout("7ms"), Some(Duration::from_millis(7)));
    assert_eq!(timeout("7s"), Some(Duration::from_secs(7)));
    assert_eq!(timeout("7m"), Some(Duration::from_secs(7 * 60)));
    assert_eq!(timeout("7h"), Some(Duration::from_secs(7 * 60 * 60)));
    assert_eq!(timeout("7d"), Some(Duration::from_secs(7 * 24 * 60 * 60)));
    assert_eq!(timeout("none"), None);
}

#[test]
fn a_call_that_takes_a_stream_has_no_deadline_unless_asked() {
    let timeout = |method: &str| {
        let mut service = understand(&format!("trait S {{ {method} }}"));
        service.methods.remove(0).timeout
    };
    assert!(matches!(
        timeout("async fn a(&self, ctx: Context, b: Receiver<u8>);"),
        Timeout::Never
    ));
    assert!(matches!(
        timeout("#[ipc(timeout = \"7s\")] async fn a(&self, ctx: Context, b: Receiver<u8>);"),
        Timeout::After(after) if after == Duration::from_secs(7)
    ));
    assert!(matches!(
        timeout("async fn a(&self, ctx: Context) -> Receiver<u8>;"),
        Timeout::Unset
    ));
}

#[test]
fn docs_go_without_slashes_and_margin() {
    let service = understand(
        "/// First.\n///\n///     indented\n/** Last. */\ntrait S { async fn a(&self, ctx: \
         Context); }",
    );
    assert_eq!(service.docs, "First.\n\n    indented\nLast.");
}
