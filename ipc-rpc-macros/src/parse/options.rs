//! `#[ipc(..)]` on a method.

use proc_macro2::Span;
use syn::{Attribute, Ident, LitStr, Meta};

use super::setting::{SettingList, set};
use super::{attrs, duration};
use crate::errors::Errors;
use crate::model::Timeout;

/// What the `#[ipc(..)]` attributes of one method say.
#[derive(Default)]
pub(super) struct Options {
    pub(super) oneway: Option<Ident>,
    pub(super) idempotent: Option<Ident>,
    pub(super) spawn: Option<Ident>,
    pub(super) name: Option<LitStr>,
    pub(super) timeout: Option<Timeout>,
    pub(super) since: Option<(u32, Span)>,
}

impl Options {
    /// Reads the attributes addressed to this macro among `attrs`.
    ///
    /// In tarpc's form only `name` is known, since tarpc's own client and server do the work there.
    pub(super) fn parse(attrs: &[Attribute], is_tarpc: bool, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs {
            if attr.path().is_ident("ipc") {
                options.attribute(attr, is_tarpc, errors);
            } else if attrs::is_conditional(attr) {
                errors.at(
                    attr,
                    "`#[ipc(..)]` cannot depend on a `cfg_attr`, whose condition is not known yet; \
                     declare the method twice, under one `#[cfg]` each",
                );
            }
        }
        options
    }

    fn attribute(&mut self, attr: &Attribute, is_tarpc: bool, errors: &mut Errors) {
        if !matches!(attr.meta, Meta::List(_)) {
            errors.at(attr, "`#[ipc]` expects a list, as in `#[ipc(oneway)]`");
            return;
        }
        let settings = attr.parse_args_with(SettingList::parse_terminated);
        for setting in errors.keep(settings).into_iter().flatten() {
            let key = setting.key.clone();
            let text = key.to_string();
            if let Some(reason) = is_tarpc.then(|| unknown_to_tarpc(&text)).flatten() {
                errors.at(
                    &key,
                    format!("`{text}` has no meaning for a service in tarpc's form: {reason}"),
                );
                continue;
            }
            match text.as_str() {
                "oneway" => set(&mut self.oneway, &key, setting.flag(), errors),
                "idempotent" => set(&mut self.idempotent, &key, setting.flag(), errors),
                "spawn" => set(&mut self.spawn, &key, setting.flag(), errors),
                "name" => set(&mut self.name, &key, setting.name("\"add\""), errors),
                "timeout" => {
                    let timeout = setting
                        .string("\"5m\"")
                        .and_then(|text| duration::timeout(&text));
                    set(&mut self.timeout, &key, timeout, errors);
                }
                "since" => set(&mut self.since, &key, setting.version(), errors),
                unknown => errors.at(
                    &key,
                    format!(
                        "`#[ipc]` has no key `{unknown}`, expected {}",
                        known(is_tarpc)
                    ),
                ),
            }
        }
    }
}

fn known(is_tarpc: bool) -> &'static str {
    if is_tarpc {
        "`name`"
    } else {
        "one of `oneway`, `timeout`, `idempotent`, `name`, `spawn` and `since`"
    }
}

/// Why tarpc's client and server cannot do what `key` asks for.
fn unknown_to_tarpc(key: &str) -> Option<&'static str> {
    match key {
        "oneway" => Some("tarpc answers every call"),
        "timeout" => Some("its deadlines come from tarpc's own context"),
        "idempotent" => {
            Some("its client retries by a policy of its own, `tarpc::client::stub::retry`")
        }
        "spawn" => Some("how its methods run is up to tarpc's `Serve`"),
        "since" => Some("tarpc's client does not know which methods its peer has"),
        _ => None,
    }
}
