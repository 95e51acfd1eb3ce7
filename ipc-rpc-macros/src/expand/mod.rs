//! Model to tokens, which cannot fail.
//!
//! Generated code names nothing but `::core`, `::std` and the runtime's `__private`, and leaves all
//! logic to the latter. Tokens that may fail a trait bound keep the user's span; everything else is
//! marked as generated, so that the user's lints pass over it.

mod blocking;
mod calls;
mod client;
mod declaration;
mod definition;
mod fallback;
mod messages;
mod method;
mod server;
mod tarpc;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Path, Visibility};

pub(crate) use self::fallback::fallback;
use crate::model::{Arg, ArgKind, Form, Method, Service};
use crate::names::{self, ServiceNames};

/// All items generated for a service, in reading order.
pub(crate) fn service(service: &Service) -> TokenStream {
    let expansion = Expansion::new(service, &service.methods);
    let mut tokens = declaration::declaration(&expansion);
    tokens.extend(expansion.items());
    tokens
}

/// The item as it was, beside the error that makes a service of it impossible.
pub(crate) fn unchanged(item: TokenStream, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#item #error)
}

/// What all generated items have in common.
struct Expansion<'a> {
    service: &'a Service,
    /// The methods to generate code for: all, or none beside errors.
    methods: &'a [Method],
    names: ServiceNames,
    /// The visibility of the trait, for all that is generated beside it.
    vis: Visibility,
    private: Private<'a>,
}

impl<'a> Expansion<'a> {
    fn new(service: &'a Service, methods: &'a [Method]) -> Self {
        Self {
            service,
            methods,
            names: ServiceNames::of(service),
            vis: repeated_vis(&service.vis),
            private: Private {
                runtime: &service.runtime,
            },
        }
    }

    /// Everything but the trait.
    fn items(&self) -> TokenStream {
        let mut tokens = match self.service.form {
            Form::Shared => vec![
                client::client(self),
                blocking::client(self),
                server::server(self),
            ],
            Form::Tarpc { .. } => vec![tarpc::client(self), tarpc::server(self)],
        }
        .into_iter()
        .collect::<TokenStream>();
        if self.service.calls {
            tokens.extend(calls::calls(self));
        }
        tokens.extend(definition::definition(self));
        if !self.service.has_streams() {
            tokens.extend(messages::messages(self));
        }
        tokens.extend(
            self.methods
                .iter()
                .map(|method| method::method(self, method)),
        );
        tokens
    }

    /// Derives serde's traits wherever the runtime's serde is.
    fn derive_serde(&self) -> TokenStream {
        let Self { private, .. } = self;
        let serde = private.serde();
        quote! {
            #[derive(#private::serde::Serialize, #private::serde::Deserialize)]
            #[serde(crate = #serde)]
        }
    }

    /// Silences the use of deprecated methods where the user has no part in it.
    fn allow_deprecated(&self) -> Option<TokenStream> {
        let attrs = self
            .methods
            .iter()
            .flat_map(Method::attrs)
            .chain(&self.service.attrs);
        let mut attrs = attrs.filter(|attr| attr.path().is_ident("deprecated"));
        attrs.next().map(|_| {
            quote!(#[allow(deprecated, reason = "what is deprecated must be served all the same")])
        })
    }
}

/// An argument as a field: a stream is left out of what is encoded, and empty in what is decoded.
fn field(arg: &Arg) -> TokenStream {
    let Arg { ident, ty, kind } = arg;
    match kind {
        ArgKind::Value { serde } => quote!(#(#serde)* #ident: #ty),
        ArgKind::Stream { .. } => quote!(#[serde(skip)] #ident: #ty),
    }
}

/// What the arguments of a method are bound to, where they are fields of `args`.
fn args_binding(method: &Method) -> TokenStream {
    if method.args.is_empty() {
        quote!(_)
    } else {
        quote!(args)
    }
}

/// The path of the runtime's items for generated code.
struct Private<'a> {
    runtime: &'a Path,
}

impl Private<'_> {
    /// The path of serde, in the form that serde's derives take.
    fn serde(&self) -> String {
        crate::spelling::spell(quote!(#self::serde))
    }
}

impl ToTokens for Private<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { runtime } = self;
        tokens.extend(quote!(#runtime::__private));
    }
}

/// `vis` as a part of generated items: that a `pub` reaches nobody is reported once, at the trait.
fn repeated_vis(vis: &Visibility) -> Visibility {
    let mut vis = vis.clone();
    if let Visibility::Public(public) = &mut vis {
        public.span = names::generated(public.span);
    }
    vis
}

/// Moves `tokens` to the place of `span`, so that the compiler reports there whatever the user's
/// type lacks; what the tokens refer to stays the same.
fn located_at(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let stream = located_at(group.stream(), span);
                token = TokenTree::Group(Group::new(group.delimiter(), stream));
            }
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// The attributes of a method that decide whether there is such a method, and which lints apply to
/// its types, for the items derived from it.
fn inherited_attrs(method: &Method) -> impl Iterator<Item = TokenStream> {
    method.attrs().iter().filter_map(|attr| {
        if attr.path().is_ident("cfg") || attr.path().is_ident("allow") {
            return Some(attr.to_token_stream());
        }
        lenient_expectation(attr)
    })
}

/// `#[expect]` as `#[allow]`: what is expected of a method need not be so in code derived from it.
fn lenient_expectation(attr: &Attribute) -> Option<TokenStream> {
    if !attr.path().is_ident("expect") {
        return None;
    }
    let lints = &attr.meta.require_list().ok()?.tokens;
    Some(quote!(#[allow(#lints)]))
}
