//! Finding plugins: a directory with one folder for each, and in it what it says of itself.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::command::Command;
use crate::service::{Client, ServiceDefinition};

/// What a plugin says of itself, in a file `plugin.json` in a folder of its own.
///
/// ```json
/// {
///     "name": "speller",
///     "version": "1.4.0",
///     "command": ["./speller", "--quiet"],
///     "services": [{ "name": "Speller", "version": 3 }]
/// }
/// ```
///
/// `command` is the program and its arguments; a relative path is one from the folder. `services` is what it serves, so that a host
/// knows which it wants before it starts any; whether that is true shows when it is launched. `version` and the versions of services
/// may be left out; what else there is in the file is for others.
#[derive(Clone, Debug)]
pub struct Manifest {
    file: ManifestFile,
    folder: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
struct ManifestFile {
    name: String,
    #[serde(default)]
    version: String,
    command: Vec<String>,
    #[serde(default)]
    services: Vec<ServiceLine>,
}

#[derive(Clone, Debug, Deserialize)]
struct ServiceLine {
    name: String,
    version: Option<u32>,
}

/// Why a folder is no plugin's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read {}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It does not say what a manifest says.
    #[error("{} is no manifest: {problem}", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody else may write to it, and so say what is run here.
    #[error("{} belongs to another user, or others may write to it", .path.display())]
    Untrusted {
        /// Which file or folder.
        path: PathBuf,
    },
    /// A plugin of this name was found before.
    #[error("another plugin is called {name:?} as well as the one in {}", .path.display())]
    Duplicate {
        /// The name.
        name: String,
        /// Where the second one is.
        path: PathBuf,
    },
}

/// Bytes that a manifest may have. It says a few words.
const MAX_LEN: u64 = 64 * 1024;

impl Manifest {
    /// The plugins in a directory, in the order of their folders' names. A folder without a manifest is passed over, and one whose
    /// manifest is none hides no other.
    ///
    /// # Errors
    ///
    /// The directory cannot be read.
    ///
    /// # Platform notes
    ///
    /// ## Unix
    ///
    /// The directory, the folders and the manifests have to belong to this user or to root, and be closed to writes by others. What
    /// the programs are is for whoever put them there to see to.
    pub fn find_all(
        directory: impl AsRef<Path>,
    ) -> Result<Vec<Result<Self, ManifestError>>, ManifestError> {
        let directory = directory.as_ref();
        let failed = |source| ManifestError::Io {
            path: directory.to_owned(),
            source,
        };
        trust(directory)?;
        let mut folders = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            folders.push(entry.map_err(failed)?.path());
        }
        folders.sort();
        let mut names = HashSet::new();
        let found = folders.into_iter().filter_map(|folder| {
            let manifest = Self::read(&folder).transpose()?;
            Some(manifest.and_then(|manifest| manifest.unless_known(&mut names)))
        });
        Ok(found.collect())
    }

    /// The plugin in this folder. `None`: there is no manifest.
    fn read(folder: &Path) -> Result<Option<Self>, ManifestError> {
        let path = folder.join("plugin.json");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(source) => return Err(ManifestError::Io { path, source }),
        };
        trust(folder)?;
        trust(&path)?;
        let mut text = String::new();
        let read = file.take(MAX_LEN + 1).read_to_string(&mut text);
        if let Err(source) = read {
            return Err(ManifestError::Io { path, source });
        }
        let malformed = |problem: String| ManifestError::Malformed {
            path: path.clone(),
            problem,
        };
        if text.len() as u64 > MAX_LEN {
            return Err(malformed(format!("it has more than {MAX_LEN} bytes")));
        }
        let file: ManifestFile =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if file.name.is_empty() || file.name.contains(char::is_control) {
            return Err(malformed(format!("{:?} is no name", file.name)));
        }
        if file.command.first().is_none_or(String::is_empty) {
            return Err(malformed("`command` names no program".to_owned()));
        }
        Ok(Some(Self {
            file,
            folder: folder.to_owned(),
        }))
    }

    fn unless_known(self, names: &mut HashSet<String>) -> Result<Self, ManifestError> {
        if names.insert(self.file.name.clone()) {
            return Ok(self);
        }
        Err(ManifestError::Duplicate {
            name: self.file.name,
            path: self.folder,
        })
    }

    /// What it is called; no two that are found together have one name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// The version that it gives itself; empty if it gives none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// The folder that it is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it says that it serves what `C` calls.
    #[must_use]
    pub fn serves<C: Client>(&self) -> bool {
        self.service(C::Definition::DESCRIPTOR.name).is_some()
    }

    /// The version of this service that it says it serves. `None`: it does not say so, or of which version.
    #[must_use]
    pub fn service_version(&self, service: &str) -> Option<u32> {
        self.service(service)?.version
    }

    fn service(&self, name: &str) -> Option<&ServiceLine> {
        self.file
            .services
            .iter()
            .find(|service| service.name == name)
    }

    /// What launches it, named as it is.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut words = self.file.command.iter();
        let program = words.next().map(String::as_str).unwrap_or_default();
        // A bare name is looked for in `PATH`, as everywhere.
        let program = match Path::new(program).components().count() {
            1 => PathBuf::from(program),
            _ => self.folder.join(program),
        };
        Command::new(program)
            .args(words)
            .name(self.file.name.as_str())
    }
}

/// Whether there is no such file, or no such folder to be looked into.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(unix)]
fn trust(path: &Path) -> Result<(), ManifestError> {
    use std::os::unix::fs::MetadataExt;

    let path = path.to_owned();
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(source) => return Err(ManifestError::Io { path, source }),
    };
    let us = crate::identity::PeerIdentity::in_process().uid();
    let is_ours = metadata.uid() == 0 || Some(metadata.uid()) == us;
    if !is_ours || metadata.mode() & 0o022 != 0 {
        return Err(ManifestError::Untrusted { path });
    }
    Ok(())
}

#[cfg(not(unix))]
fn trust(_: &Path) -> Result<(), ManifestError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, folder: &str, text: &str) {
        let folder = directory.join(folder);
        fs::create_dir(&folder).unwrap();
        let path = folder.join("plugin.json");
        fs::write(&path, text).unwrap();
        // Whatever the tests were started with.
        #[cfg(unix)]
        for (path, mode) in [(folder, 0o755), (path, 0o644)] {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }

    #[test]
    fn plugins_are_found_and_what_is_none_hides_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        write(
            at,
            "b",
            r#"{"name": "speller", "version": "1.4.0", "command": ["./bin/speller", "-q"], "later": 7,
                "services": [{"name": "Speller", "version": 3}, {"name": "Other"}]}"#,
        );
        write(at, "a", r#"{"name": "bare", "command": ["bare"]}"#);
        write(at, "c", "{");
        write(at, "d", r#"{"name": "speller", "command": ["x"]}"#);
        write(at, "e", r#"{"name": "", "command": ["x"]}"#);
        write(at, "f", r#"{"name": "f", "command": []}"#);
        write(at, "g", &" ".repeat(100_000));
        fs::create_dir(at.join("empty")).unwrap();
        fs::write(at.join("README"), "").unwrap();
        let found = Manifest::find_all(at).unwrap();
        assert_eq!(found.len(), 7);
        let bare = found[0].as_ref().unwrap();
        assert_eq!((bare.name(), bare.version()), ("bare", ""));
        assert_eq!(bare.command().program, Path::new("bare"));
        let speller = found[1].as_ref().unwrap();
        assert_eq!(speller.version(), "1.4.0");
        assert_eq!(
            speller.command().program,
            at.join("b").join("./bin/speller")
        );
        assert_eq!(speller.service_version("Speller"), Some(3));
        assert_eq!(speller.service_version("Other"), None);
        assert!(speller.service("Other").is_some() && speller.service("None").is_none());
        assert!(
            matches!(&found[3], Err(ManifestError::Duplicate { name, .. }) if name == "speller")
        );
        for malformed in [2, 4, 5, 6] {
            let error = found[malformed].as_ref().unwrap_err();
            assert!(
                matches!(error, ManifestError::Malformed { .. }),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = Manifest::find_all(directory.path().join("none")).unwrap_err();
        assert!(matches!(error, ManifestError::Io { .. }), "{error:?}");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_write_to_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        for name in ["file", "folder"] {
            write(
                at,
                name,
                &format!(r#"{{"name": "{name}", "command": ["x"]}}"#),
            );
        }
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(at.join("file/plugin.json"), open.clone()).unwrap();
        fs::set_permissions(at.join("folder"), open.clone()).unwrap();
        for found in Manifest::find_all(at).unwrap() {
            let error = found.unwrap_err();
            assert!(
                matches!(error, ManifestError::Untrusted { .. }),
                "{error:?}"
            );
        }
        fs::set_permissions(at, open).unwrap();
        let error = Manifest::find_all(at).unwrap_err();
        assert!(
            matches!(error, ManifestError::Untrusted { .. }),
            "{error:?}"
        );
    }
}
