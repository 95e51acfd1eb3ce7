//! The service in types, and what is asserted about the types it uses.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Expansion, inherited_attrs, located_at};
use crate::model::{Method, Reply};
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
    let (request, response) = (&names.request, &names.response);
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

        #assertions
    }
}

/// One assertion for each type that travels, so that a type which cannot is reported by its own
/// place.
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
    };
    method.args.iter().map(|arg| &arg.ty).chain(reply)
}
