//! Requests and responses of a service without streams: one variant for each method.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Expansion, field, inherited_attrs, located_at, method};
use crate::model::{Form, Method, Reply};
use crate::names::{MethodNames, local};

/// The two enums with their encodings.
pub(super) fn messages(expansion: &Expansion<'_>) -> TokenStream {
    [
        request_enum(expansion),
        request_encoding(expansion),
        response_enum(expansion),
        response_encoding(expansion),
    ]
    .into_iter()
    .collect()
}

fn request_enum(expansion: &Expansion<'_>) -> TokenStream {
    let request = &expansion.names.request;
    let variants = expansion.methods.iter().map(|method| {
        let attrs = inherited_attrs(method);
        let MethodNames { variant, args, .. } = MethodNames::of(expansion.service, method);
        match expansion.service.form {
            Form::Shared => quote!(#(#attrs)* #variant(#args)),
            Form::Tarpc { .. } => {
                let fields = method.args.iter().map(field);
                quote!(#(#attrs)* #variant { #(#fields),* })
            }
        }
    });
    let doc = " The request sent over the wire from the client to the server.";
    let item = message_enum(expansion, request, doc, variants.collect());
    let name = request_name(expansion);
    let debug = hand_written_debug(expansion, request);
    quote!(#item #name #debug)
}

/// The name by which tarpc's tracing knows a request.
fn request_name(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion { names, private, .. } = expansion;
    let request = &names.request;
    let arms = name_arms(expansion, |name| quote!(#name));
    quote! {
        #[automatically_derived]
        impl #private::tarpc::RequestName for #request {
            fn name(&self) -> &::core::primitive::str {
                match *self { #(#arms),* }
            }
        }
    }
}

fn request_encoding(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        methods,
        names,
        private,
        ..
    } = expansion;
    let request = &names.request;
    let (encoder, decoder) = (local("encoder"), local("decoder"));
    let descriptions = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let MethodNames {
            variant, marker, ..
        } = MethodNames::of(expansion.service, method);
        let descriptor = quote!(<#marker as #private::Method>::DESCRIPTOR);
        quote!(#(#cfgs)* Self::#variant { .. } => const { &#descriptor })
    });
    let encode = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let MethodNames { variant, args, .. } = MethodNames::of(expansion.service, method);
        let fields: Vec<_> = method.args.iter().map(|arg| &arg.ident).collect();
        let (pattern, value) = match expansion.service.form {
            Form::Shared => (quote!((args)), quote!(args)),
            Form::Tarpc { .. } => (quote!({ #(#fields),* }), quote!(#args { #(#fields),* })),
        };
        quote!(#(#cfgs)* Self::#variant #pattern => #encoder.args(#value))
    });
    let decode = methods
        .iter()
        .map(|method| decode_request(expansion, method));
    quote! {
        #[automatically_derived]
        impl #private::WireRequest for #request {
            fn method(&self) -> &'static #private::MethodDescriptor {
                match *self { #(#descriptions),* }
            }

            fn encode(
                self,
                #encoder: &mut #private::RequestEncoder<'_>,
            ) -> ::core::result::Result<(), #private::CodecError> {
                match self { #(#encode),* }
            }

            fn decode(
                method: ::core::primitive::u32,
                #decoder: #private::RequestDecoder<'_>,
            ) -> ::core::option::Option<::core::result::Result<Self, #private::CodecError>> {
                match method {
                    #(#decode,)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

fn decode_request(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let cfgs = method.cfgs();
    let id = method::id(method);
    let decoder = local("decoder");
    let MethodNames { variant, args, .. } = MethodNames::of(expansion.service, method);
    let fields: Vec<_> = method.args.iter().map(|arg| &arg.ident).collect();
    let make = match expansion.service.form {
        Form::Shared => quote!(Self::#variant),
        Form::Tarpc { .. } => quote!(|#args { #(#fields),* }| Self::#variant { #(#fields),* }),
    };
    quote! {
        #(#cfgs)*
        #id => ::core::option::Option::Some(#decoder.args::<#args>().map(#make))
    }
}

fn response_enum(expansion: &Expansion<'_>) -> TokenStream {
    let response = &expansion.names.response;
    let variants = expansion.methods.iter().map(|method| {
        let attrs = inherited_attrs(method);
        let variant = MethodNames::of(expansion.service, method).variant;
        let declared = declared(&method.reply);
        quote!(#(#attrs)* #variant(#declared))
    });
    let doc = " The response sent over the wire from the server to the client.";
    let item = message_enum(expansion, response, doc, variants.collect());
    let debug = hand_written_debug(expansion, response);
    quote!(#item #debug)
}

/// The output of a method as a type.
pub(super) fn declared(reply: &Reply) -> TokenStream {
    match reply.declared() {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    }
}

fn response_encoding(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        methods,
        names,
        private,
        ..
    } = expansion;
    let response = &names.response;
    let encode = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let MethodNames {
            variant, marker, ..
        } = MethodNames::of(expansion.service, method);
        let answer = quote! {
            encoder.reply::<<#marker as #private::Method>::Reply>(declared)
        };
        let answer = located_at(answer, method.reply.span(method.ident().span()));
        quote!(#(#cfgs)* Self::#variant(declared) => #answer)
    });
    let decode = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let id = method::id(method);
        let MethodNames {
            variant, marker, ..
        } = MethodNames::of(expansion.service, method);
        let answer = quote! {
            decoder.reply::<<#marker as #private::Method>::Reply>().map(Self::#variant)
        };
        let answer = located_at(answer, method.reply.span(method.ident().span()));
        quote!(#(#cfgs)* #id => ::core::option::Option::Some(#answer))
    });
    quote! {
        #[automatically_derived]
        impl #private::WireResponse for #response {
            fn encode(
                self,
                encoder: &mut #private::ResponseEncoder<'_>,
            ) -> ::core::result::Result<(), #private::CodecError> {
                match self { #(#encode),* }
            }

            fn decode(
                method: ::core::primitive::u32,
                decoder: #private::ResponseDecoder<'_>,
            ) -> ::core::option::Option<::core::result::Result<Self, #private::CodecError>> {
                match method {
                    #(#decode,)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

/// An enum of messages: an implementation detail in our form, public in tarpc's.
fn message_enum(
    expansion: &Expansion<'_>,
    ident: &syn::Ident,
    doc: &str,
    variants: Vec<TokenStream>,
) -> TokenStream {
    let vis = &expansion.vis;
    let attrs = match &expansion.service.form {
        Form::Shared => {
            let derive_serde = expansion.derive_serde();
            quote!(#[doc(hidden)] #derive_serde)
        }
        Form::Tarpc { derives } => {
            let derives = match derives {
                Some(paths) => quote!(#[derive(#(#paths),*)]),
                None => expansion.derive_serde(),
            };
            quote! {
                #[doc = #doc]
                #[allow(missing_docs, reason = "the variants are the methods of the service")]
                #[derive(::core::fmt::Debug)]
                #derives
            }
        }
    };
    quote! {
        #attrs
        #vis enum #ident {
            #(#variants),*
        }
    }
}

/// `Debug` that prints the name of the method only: it asks nothing of the user's types, and keeps
/// what is in them out of logs. In tarpc's form it is derived, as there.
fn hand_written_debug(expansion: &Expansion<'_>, ident: &syn::Ident) -> Option<TokenStream> {
    if expansion.service.form.is_tarpc() {
        return None;
    }
    let arms = name_arms(expansion, |name| quote!(f.write_str(#name)));
    Some(quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match *self { #(#arms),* }
            }
        }
    })
}

/// The arms that lead from a message to what `answer` makes of the name of its method.
pub(super) fn name_arms(
    expansion: &Expansion<'_>,
    answer: impl Fn(&str) -> TokenStream,
) -> impl Iterator<Item = TokenStream> {
    expansion.methods.iter().map(move |method| {
        let cfgs = method.cfgs();
        let variant = MethodNames::of(expansion.service, method).variant;
        let answer = answer(&format!("{}.{}", expansion.service.name, method.name.text));
        quote!(#(#cfgs)* Self::#variant { .. } => #answer)
    })
}
