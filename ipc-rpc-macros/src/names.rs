//! Every generated identifier, and those that must stay free for generated items.

use proc_macro2::Span;
use quote::format_ident;
use syn::Ident;
use syn::ext::IdentExt;

use crate::model::{Form, Method, Service};

/// The items generated for a service.
pub(crate) struct ServiceNames {
    /// The service in types: `CalculatorService`.
    pub(crate) definition: Ident,
    /// `CalculatorClient`.
    pub(crate) client: Ident,
    /// The client that blocks, in our form only: `CalculatorBlockingClient`.
    pub(crate) blocking: Ident,
    /// The calls as values, if they are wanted: `CalculatorCall`.
    pub(crate) call: Ident,
    /// `CalculatorServer`, or `ServeCalculator` in tarpc's form.
    pub(crate) server: Ident,
    /// The trait of all tarpc stubs for the service, in tarpc's form only: `CalculatorStub`.
    pub(crate) stub: Ident,
    /// `CalculatorRequest`, of a service without streams.
    pub(crate) request: Ident,
    /// `CalculatorResponse`, of a service without streams.
    pub(crate) response: Ident,
}

impl ServiceNames {
    pub(crate) fn of(service: &Service) -> Self {
        let span = generated(service.ident.span());
        let ident = service.ident.unraw();
        Self {
            definition: format_ident!("{ident}Service", span = span),
            client: format_ident!("{ident}Client", span = span),
            blocking: format_ident!("{ident}BlockingClient", span = span),
            call: format_ident!("{ident}Call", span = span),
            server: match service.form {
                Form::Shared => format_ident!("{ident}Server", span = span),
                Form::Tarpc { .. } => format_ident!("Serve{ident}", span = span),
            },
            stub: format_ident!("{ident}Stub", span = span),
            request: format_ident!("{ident}Request", span = span),
            response: format_ident!("{ident}Response", span = span),
        }
    }
}

/// The items generated for a method.
pub(crate) struct MethodNames {
    /// Its variant of requests and responses: `Add`.
    pub(crate) variant: Ident,
    /// The method in types: `__CalculatorMethod_Add`.
    pub(crate) marker: Ident,
    /// Its arguments: `__CalculatorArgs_Add`.
    pub(crate) args: Ident,
}

impl MethodNames {
    /// A variant has no underscore, so the last one in a hidden name tells trait and method apart:
    /// no two methods of any two traits share one.
    pub(crate) fn of(service: &Service, method: &Method) -> Self {
        let span = generated(method.ident().span());
        let ident = service.ident.unraw();
        let variant = variant(method.ident());
        Self {
            marker: format_ident!("__{ident}Method_{variant}", span = span),
            args: format_ident!("__{ident}Args_{variant}", span = span),
            variant: Ident::new(&variant, span),
        }
    }
}

/// The variant for a method, in the CamelCase that tarpc gives it: `get_user` is `GetUser`.
pub(crate) fn variant(method: &Ident) -> String {
    let method = method.unraw().to_string();
    let words = method.split('_').filter(|word| !word.is_empty());
    let variant: String = words
        .flat_map(|word| {
            let mut chars = word.chars();
            let first = chars.next().into_iter().flat_map(char::to_uppercase);
            first.chain(chars.flat_map(char::to_lowercase))
        })
        .collect();
    // `_1` and `self_` are names of methods, but neither makes one of a variant.
    match variant.chars().next() {
        Some(first) if first.is_alphabetic() && variant != "Self" => variant,
        _ => format!("Method{variant}"),
    }
}

/// What a method must not be called in `form`, for want of room beside generated items: the name
/// and what has it.
pub(crate) fn reserved_methods(form: &Form) -> &'static [(&'static str, &'static str)] {
    match form {
        Form::Shared => &[
            (
                "serve",
                "the generated method that makes a server of the service",
            ),
            ("new", "a constructor of the generated server"),
            ("connect", "a constructor of the generated client"),
            ("over", "a constructor of the generated client"),
            ("connection", "a method of the generated client"),
            ("supports", "a method of the generated client"),
            ("clone", "a method of the generated client"),
        ],
        Form::Tarpc { .. } => &[
            (
                "serve",
                "the generated method that makes a server of the service",
            ),
            ("new", "a constructor of the generated client"),
            ("from", "a constructor of the generated client"),
        ],
    }
}

/// What an argument of a method of `service` must not be called, and what is called so.
pub(crate) fn reserved_args(service: &Service) -> &'static [(&'static str, &'static str)] {
    const CONTEXT: &str = "the context of the call";
    match service.form {
        Form::Shared if service.calls => &[
            ("ctx", CONTEXT),
            ("reply", "the answer in the calls that `calls` generates"),
        ],
        Form::Shared => &[("ctx", CONTEXT)],
        Form::Tarpc { .. } => &[("context", CONTEXT), ("ctx", CONTEXT)],
    }
}

/// The place of `span`, but marked as written by this macro, so that lints know the code is not the
/// user's.
pub(crate) fn generated(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// `ident` as an identifier of generated code.
pub(crate) fn repeated(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(generated(ident.span()));
    ident
}

/// A variable of generated code that user's names in the same scope cannot shadow.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
