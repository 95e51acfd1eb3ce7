//! The arguments of the attribute: `#[ipc_service(name = "…", version = 2, crate = path, calls)]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::{Expr, Ident, Path};

use super::setting::{Setting, SettingList, set, unexpected};
use crate::errors::Errors;
use crate::spelling::spell;

/// What the arguments of the attribute say.
pub(super) struct Settings {
    pub(super) name: Option<String>,
    pub(super) version: u32,
    /// The path of the runtime crate.
    pub(super) runtime: Path,
    pub(super) derives: Option<Derives>,
    /// Where the calls are asked for as values, if they are.
    pub(super) calls: Option<Ident>,
}

/// What requests and responses derive in tarpc's form.
pub(super) struct Derives {
    pub(super) key: Ident,
    pub(super) paths: Vec<Path>,
}

impl Settings {
    pub(super) fn parse(arguments: TokenStream, errors: &mut Errors) -> Self {
        let settings = errors.keep(SettingList::parse_terminated.parse2(arguments));
        let (mut name, mut version, mut runtime) = (None, None, None);
        let (mut derives, mut calls) = (None, None);
        for setting in settings.into_iter().flatten() {
            let key = setting.key.clone();
            match key.to_string().as_str() {
                "name" => set(&mut name, &key, setting.name("\"calculator\""), errors),
                "version" => set(&mut version, &key, setting.version(), errors),
                "crate" => set(&mut runtime, &key, runtime_path(setting), errors),
                "derive" => set(&mut derives, &key, derive_paths(setting), errors),
                "calls" => set(&mut calls, &key, setting.flag(), errors),
                "derive_serde" => errors.at(
                    &key,
                    "`derive_serde` is deprecated in tarpc and unknown here; \
                     write `derive = [Serialize, Deserialize]`, or `derive = []` for neither",
                ),
                unknown => errors.at(
                    &key,
                    format!(
                        "`#[ipc_service]` has no key `{unknown}`, expected one of \
                         `name`, `version`, `crate`, `calls` and `derive`"
                    ),
                ),
            }
        }
        Self {
            name: name.map(|name| name.value()),
            version: version.map_or(1, |(version, _)| version),
            runtime: runtime.unwrap_or_else(default_runtime),
            derives,
            calls,
        }
    }
}

/// `::ipc_rpc`.
fn default_runtime() -> Path {
    Path {
        leading_colon: Some(Default::default()),
        segments: [syn::PathSegment::from(Ident::new(
            "ipc_rpc",
            Span::call_site(),
        ))]
        .into_iter()
        .collect(),
    }
}

fn runtime_path(setting: Setting) -> syn::Result<Path> {
    const EXAMPLE: &str = "my_sdk::ipc_rpc";
    let value = setting.value(EXAMPLE)?;
    let Expr::Path(syn::ExprPath {
        qself: None, path, ..
    }) = value
    else {
        return Err(unexpected(value, "a path", "crate", EXAMPLE));
    };
    if path
        .segments
        .iter()
        .any(|segment| !segment.arguments.is_empty())
    {
        return Err(unexpected(
            path,
            "a path without generics",
            "crate",
            EXAMPLE,
        ));
    }
    // Serde's derives take the path as a text, which has no place for what `$crate` stands for.
    if path
        .segments
        .iter()
        .any(|segment| segment.ident == "$crate")
    {
        return Err(syn::Error::new_spanned(
            &path,
            "`crate` cannot start with `$crate`; write the name of the crate instead",
        ));
    }
    Ok(path)
}

fn derive_paths(setting: Setting) -> syn::Result<Derives> {
    const EXAMPLE: &str = "[Clone, PartialEq]";
    let key = setting.key.clone();
    let value = setting.value(EXAMPLE)?;
    let Expr::Array(array) = value else {
        return Err(unexpected(value, "a list", "derive", EXAMPLE));
    };
    let mut errors = Errors::default();
    let mut paths = Vec::new();
    for element in array.elems {
        match element {
            Expr::Path(syn::ExprPath {
                qself: None, path, ..
            }) => paths.push(path),
            other => {
                let found = spell(&other);
                errors.at(
                    other,
                    format!("`derive` expects paths of derive macros, found `{found}`"),
                );
            }
        }
    }
    errors.finish()?;
    Ok(Derives { key, paths })
}
