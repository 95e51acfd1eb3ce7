//! The names in a table of services.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The name of a service or method in a table.
///
/// That of a service of our own is borrowed, since a table of them is made for each connection. Those that a peer has told lie
/// in one piece of memory for the whole table: a table names every method of every service.
#[derive(Clone)]
pub(crate) struct Name(Place);

#[derive(Clone)]
enum Place {
    Own(&'static str),
    Told { all: Arc<str>, at: u32, len: u32 },
}

/// The names that a table tells, as they are taken out of it one after another.
pub(super) struct Names {
    all: Arc<str>,
    taken: u32,
}

impl Names {
    pub(super) fn new(all: String) -> Self {
        Self {
            all: all.into(),
            taken: 0,
        }
    }

    /// Whether there is none left.
    pub(super) fn are_taken(&self) -> bool {
        self.taken as usize == self.all.len()
    }

    /// The next `len` bytes. Names are what they were put together of, so none is cut.
    pub(super) fn take(&mut self, len: u32) -> Name {
        let at = self.taken;
        self.taken = at.saturating_add(len);
        Name(Place::Told {
            all: Arc::clone(&self.all),
            at,
            len,
        })
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Place::Own(name) => name,
            Place::Told { all, at, len } => {
                let at = *at as usize;
                all.get(at..at + *len as usize).unwrap_or_default()
            }
        }
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(Place::Own(name))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
impl From<String> for Name {
    fn from(name: String) -> Self {
        let len = u32::try_from(name.len()).expect("a name is shorter");
        Names::new(name).take(len)
    }
}
