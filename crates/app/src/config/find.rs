//! Where a configuration is looked for, and what is said when there is none.

use std::path::{Path, PathBuf};

use super::text::{ConfigError, Source};

/// Gives the value of an environment variable.
pub(crate) type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the process knows of its surroundings. Everything that reads variables gets them from here.
pub(crate) struct Surroundings {
    /// Looks up an environment variable.
    pub(crate) variable: Lookup,
    /// The working directory.
    pub(crate) cwd: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> std::io::Result<Self> {
        Ok(Self { variable: Box::new(|name| std::env::var(name).ok()), cwd: std::env::current_dir()? })
    }

    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.absolute("HOME")
    }

    fn config_home(&self) -> Option<PathBuf> {
        self.absolute("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    /// The folder for what is kept, where no configuration names another. It is never the current folder by chance.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        let home = self.absolute("XDG_DATA_HOME").or_else(|| Some(self.home()?.join(".local/share")));
        home.map(|folder| folder.join("narrows")).ok_or_else(|| {
            ConfigError::with_hint(
                "there is no folder for data: neither `XDG_DATA_HOME` nor `HOME` is set to an absolute path",
                "set `HOME` or `XDG_DATA_HOME` to a folder that can be written",
            )
        })
    }

    /// The person's own configuration, for whatever folder they are in.
    pub(crate) fn user_file(&self) -> Option<PathBuf> {
        Some(self.config_home()?.join("narrows/narrows.json"))
    }

    /// The configurations that are looked for in the current folder.
    pub(crate) fn project_files(&self) -> [PathBuf; 2] {
        ["narrows.json", ".mcp.json"].map(|name| self.cwd.join(name))
    }

    /// The base directory specification says that relative paths are to be ignored.
    fn absolute(&self, variable: &str) -> Option<PathBuf> {
        (self.variable)(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

/// The largest file read. Some agents keep their whole history beside `mcpServers`.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How a configuration was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Its person named it, or it lies where only the person's own is.
    Own,
    /// It lay in the current folder, which another person may have filled.
    Found,
}

/// Whether there is any of the files that are looked for, or what is in their way.
pub(super) fn is_any(around: &Surroundings) -> bool {
    places(around).iter().any(|path| path.symlink_metadata().is_ok())
}

fn places(around: &Surroundings) -> Vec<PathBuf> {
    around.project_files().into_iter().chain(around.user_file()).collect()
}

/// The file given, or the first of those looked for.
pub(super) fn find(given: Option<&Path>, around: &Surroundings) -> Result<(Source, Origin), ConfigError> {
    if let Some(path) = given {
        return Ok((read(&around.cwd.join(path))?, Origin::Own));
    }
    let own = around.user_file();
    let places = places(around);
    // Also a link to nothing, or what is no file: it is in the way of the others, and the error says so.
    match places.iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(path) if own.as_ref() == Some(path) => Ok((read(path)?, Origin::Own)),
        Some(path) => Ok((read(path)?, Origin::Found)),
        None => Err(nothing_found(&places)),
    }
}

/// The person's own file, where there is one.
pub(super) fn own(around: &Surroundings) -> Result<Option<Source>, ConfigError> {
    let own = around.user_file().filter(|path| path.symlink_metadata().is_ok());
    own.map(|path| read(&path)).transpose()
}

fn read(path: &Path) -> Result<Source, ConfigError> {
    let text = files::read(path, FILE_BYTES_MAX)
        .and_then(files::text)
        .map_err(|why| ConfigError::new(format!("cannot read `{}`: {why}", path.display())))?;
    Ok(Source::new(path, text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

fn nothing_found(places: &[PathBuf]) -> ConfigError {
    let list: String = places.iter().map(|path| format!("\n  {}", path.display())).collect();
    ConfigError::with_hint(
        format!("found no configuration; looked for{list}"),
        format!(
            "`narrows init` brings the servers of your clients; or write `narrows.json`, for example\n{EXAMPLE}\nor name a file with `--config`; `narrows demo` needs none"
        ),
    )
}

/// The smallest useful configuration.
pub(super) const EXAMPLE: &str = r#"  {
    "mcpServers": {
      "files": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "."] },
      "docs": { "url": "https://example.com/mcp", "headers": { "Authorization": "Bearer ${DOCS_TOKEN}" } }
    }
  }"#;
