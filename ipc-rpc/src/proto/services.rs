//! Whether two peers mean the same by a service.

use crate::descriptor::ServiceDescriptor;
use crate::wire::{HashKind, MethodEntry, ServiceEntry};

/// The entries of a hello's or welcome's table for these services.
#[cfg(test)]
pub(crate) fn entries<'a>(
    services: impl IntoIterator<Item = &'a ServiceDescriptor>,
) -> Vec<ServiceEntry> {
    services.into_iter().map(entry).collect()
}

/// The entry of a table for this service.
pub(crate) fn entry(service: &ServiceDescriptor) -> ServiceEntry {
    let methods = service.methods.iter().map(|method| MethodEntry {
        id: method.id,
        signature: method.signature,
        since: method.since,
        name: method.name.into(),
    });
    ServiceEntry {
        name: service.name.into(),
        version: service.version,
        hash_kind: HashKind::Declared,
        schema: service.schema,
        methods: methods.collect(),
    }
}

/// The version of the service of this name, if it is among them.
pub(super) fn version(services: &[ServiceEntry], name: &str) -> Option<u32> {
    let found = services.iter().find(|service| &*service.name == name);
    found.map(|service| service.version)
}

/// What stands in a table for a service that is there no more: no service is called like this.
pub(crate) fn no_entry() -> ServiceEntry {
    ServiceEntry {
        name: "".into(),
        version: 0,
        hash_kind: HashKind::Declared,
        schema: 0,
        methods: Vec::new(),
    }
}

/// How a method that the caller knows stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The server has it, and nothing is known to differ.
    Same,
    /// The server has it with another signature.
    Differs,
    Missing,
}

/// Compares a method by its id and, where the hashes are of one kind, by its signature.
pub(crate) fn standing(method: (u32, u64), hash_kind: HashKind, server: &ServiceEntry) -> Standing {
    let (id, signature) = method;
    match server.methods.iter().find(|other| other.id == id) {
        None => Standing::Missing,
        Some(other) if hash_kind != server.hash_kind || other.signature == signature => {
            Standing::Same
        }
        Some(_) => Standing::Differs,
    }
}

/// What differs between a service as its caller and as its server know it, in words; `None` if every
/// method that both have is the same. A method that only one side has is no difference.
pub(crate) fn mismatch(caller: &ServiceEntry, server: &ServiceEntry) -> Option<String> {
    if caller.hash_kind == server.hash_kind && caller.schema == server.schema {
        return None;
    }
    let differing: Vec<_> = caller
        .methods
        .iter()
        .filter(|method| {
            let method = (method.id, method.signature);
            standing(method, caller.hash_kind, server) == Standing::Differs
        })
        .map(|method| format!("`{}`", method.name.escape_debug()))
        .collect();
    if differing.is_empty() {
        return None;
    }
    let (name, differing) = (caller.name.escape_debug(), differing.join(", "));
    Some(if caller.version == server.version {
        format!(
            "service `{name}` differs in {differing}: arguments or results are declared differently on the two \
             sides, both of which have version {} of it",
            caller.version
        )
    } else {
        format!(
            "service `{name}` differs in {differing}: the caller has version {} of it, the server version {}",
            caller.version, server.version
        )
    })
}
