//! The table of services that a peer calls or serves.

use std::sync::Arc;

use super::cursor::{Malformed, Reader, Write};
use super::name::{Name, Names};

/// How a schema hash was made. Hashes of different kinds say nothing about each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashKind {
    /// Over the text of the signatures as declared.
    Declared,
    /// A kind of a later version.
    Other(u8),
}

impl HashKind {
    const fn from_wire(kind: u8) -> Self {
        match kind {
            1 => Self::Declared,
            _ => Self::Other(kind),
        }
    }

    const fn to_wire(self) -> u8 {
        match self {
            Self::Declared => 1,
            Self::Other(kind) => kind,
        }
    }
}

/// A service in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceEntry {
    pub(crate) name: Name,
    pub(crate) version: u32,
    pub(crate) hash_kind: HashKind,
    /// Over all methods, so that equal services are recognised by one comparison.
    pub(crate) schema: u64,
    pub(crate) methods: Vec<MethodEntry>,
}

/// A method of a service in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MethodEntry {
    pub(crate) id: u32,
    pub(crate) signature: u64,
    /// The version of the service that first had it.
    pub(crate) since: u32,
    pub(crate) name: Name,
}

impl ServiceEntry {
    fn encode(&self, out: &mut Vec<u8>) {
        out.put_text(&self.name);
        out.put_u32(self.version);
        out.put_u8(self.hash_kind.to_wire());
        out.put_u64(self.schema);
        out.put_u16(count(self.methods.len()));
        for method in &self.methods {
            out.put_u32(method.id);
            out.put_u64(method.signature);
            out.put_u32(method.since);
            out.put_text(&method.name);
        }
    }

    /// Reads an entry, and adds its names to `names`.
    fn decode(reader: &mut Reader<'_>, names: &mut Names) -> Result<Self, Malformed> {
        let name = names.add(reader.text()?);
        let version = reader.u32()?;
        let hash_kind = HashKind::from_wire(reader.u8()?);
        let schema = reader.u64()?;
        let methods = reader.u16()?.into();
        let methods = reader.items(methods, |reader| {
            Ok(MethodEntry {
                id: reader.u32()?,
                signature: reader.u64()?,
                since: reader.u32()?,
                name: names.add(reader.text()?),
            })
        })?;
        Ok(Self {
            name,
            version,
            hash_kind,
            schema,
            methods,
        })
    }
}

pub(super) fn encode_table(table: &[ServiceEntry], out: &mut Vec<u8>) {
    out.put_u16(count(table.len()));
    for service in table {
        service.encode(out);
    }
}

pub(super) fn decode_table(reader: &mut Reader<'_>) -> Result<Vec<ServiceEntry>, Malformed> {
    let services = reader.u16()?.into();
    let mut names = Names::default();
    let mut table = reader.items(services, |reader| ServiceEntry::decode(reader, &mut names))?;
    let told = names.gathered();
    for service in &mut table {
        service.name.settle(&told);
        for method in &mut service.methods {
            method.name.settle(&told);
        }
    }
    Ok(table)
}

/// The same as a table that is kept and handed about.
pub(super) fn decode_shared_table(
    reader: &mut Reader<'_>,
) -> Result<Arc<[ServiceEntry]>, Malformed> {
    Ok(share(decode_table(reader)?))
}

/// A table that is kept and handed about. Most clients serve nothing, for which nothing is allocated.
pub(crate) fn share(table: Vec<ServiceEntry>) -> Arc<[ServiceEntry]> {
    if table.is_empty() {
        return Arc::default();
    }
    table.into()
}

/// The body of a frame that tells another table.
pub(crate) fn encode_services(table: &[ServiceEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_table(table, &mut out);
    out
}

pub(crate) fn decode_services(body: &[u8]) -> Result<Vec<ServiceEntry>, Malformed> {
    decode_table(&mut Reader::new("table of services", body))
}

/// A table that is too long for its count is also too long for a hello, which is refused before it is
/// sent.
fn count(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}
