//! The service in types, and what is asserted about the types it uses.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Expansion, inherited_attrs, located_at};
use crate::model::{ArgKind, Method, Reply};
use crate::names::MethodNames;

/// The unit struct that names the service, and the assertions.
pub(super) fn definition(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        methods,
        names,
        private,
        ..
    } = expansion;
    let definition = &names.definition;
    let (request, response) = messages(expansion);
    let without_streams = without_streams(expansion);
    let (name, version, docs) = (&service.name, service.version, &service.docs);
    let doc = format!(" Names the service [`{}`] in types.", service.ident.unraw());
    let descriptors = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let marker = MethodNames::of(service, method).marker;
        quote!(#(#cfgs)* <#marker as #private::Method>::DESCRIPTOR)
    });
    let assertions = assertions(expansion);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #definition;

        #[automatically_derived]
        impl #private::ServiceDefinition for #definition {
            type Request = #request;
            type Response = #response;

            const DESCRIPTOR: &'static #private::ServiceDescriptor = {
                const METHODS: &[#private::MethodDescriptor] = &[#(#descriptors),*];
                &#private::ServiceDescriptor::new(#name, #version, #docs, METHODS)
            };
        }

        #without_streams
        #assertions
    }
}

/// What the calls of the service consist of where they have to be values.
fn messages(expansion: &Expansion<'_>) -> (TokenStream, TokenStream) {
    let Expansion { names, private, .. } = expansion;
    if expansion.service.has_streams() {
        return (quote!(#private::NoMessage), quote!(#private::NoMessage));
    }
    let (request, response) = (&names.request, &names.response);
    (quote!(#request), quote!(#response))
}

/// The leave to call the service through a stub of tarpc's, which a client in tarpc's form does
/// without being asked.
fn without_streams(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let Expansion {
        service,
        names,
        private,
        ..
    } = expansion;
    if service.form.is_tarpc() || service.has_streams() {
        return None;
    }
    let definition = &names.definition;
    Some(quote! {
        #[automatically_derived]
        impl #private::WithoutStreams for #definition {}
    })
}

/// One assertion for each type that travels, alone or as the item of a stream, so that a type which
/// cannot is reported by its own place.
fn assertions(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let assertions: Vec<_> = expansion
        .methods
        .iter()
        .flat_map(|method| method_assertions(expansion, method))
        .collect();
    (!assertions.is_empty()).then(|| {
        quote! {
            const _: () = {
                #(#assertions)*
            };
        }
    })
}

fn method_assertions<'a>(
    expansion: &'a Expansion<'_>,
    method: &'a Method,
) -> impl Iterator<Item = TokenStream> + 'a {
    let private = &expansion.private;
    types(method).map(move |ty| {
        let attrs = inherited_attrs(method);
        let assertion = located_at(quote!(#private::assert_message::<#ty>();), ty.span());
        quote!(#(#attrs)* #assertion)
    })
}

fn types(method: &Method) -> impl Iterator<Item = &Type> {
    let reply = match &method.reply {
        Reply::OneWay => vec![],
        Reply::Plain(ty) => vec![ty],
        Reply::Fallible { value, error, .. } => vec![&**value, &**error],
        Reply::Streaming { item, .. } => vec![&**item],
        Reply::FallibleStreaming { item, error, .. } => vec![&**item, &**error],
    };
    let args = method.args.iter().map(|arg| match &arg.kind {
        ArgKind::Value { .. } => &arg.ty,
        ArgKind::Stream { item } => item,
    });
    args.chain(reply)
}
