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

    pub(super) fn home(&self) -> Option<PathBuf> {
        self.absolute("HOME")
    }

    fn config_home(&self) -> Option<PathBuf> {
        self.absolute("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    /// The folder for what is kept.
    pub(super) fn data_home(&self) -> Option<PathBuf> {
        self.absolute("XDG_DATA_HOME").or_else(|| Some(self.home()?.join(".local/share")))
    }

    /// The base directory specification says that relative paths are to be ignored.
    fn absolute(&self, variable: &str) -> Option<PathBuf> {
        (self.variable)(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

/// The largest file read. Some agents keep their whole history beside `mcpServers`.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The file given, or the first of those looked for.
pub(super) fn find(given: Option<&Path>, around: &Surroundings) -> Result<Source, ConfigError> {
    if let Some(path) = given {
        return read(&around.cwd.join(path));
    }
    let places = places(around);
    match places.iter().find(|path| path.is_file()) {
        Some(path) => read(path),
        None => Err(nothing_found(&places)),
    }
}

fn places(around: &Surroundings) -> Vec<PathBuf> {
    let here = ["narrows.json", ".mcp.json"].map(|name| around.cwd.join(name));
    let global = around.config_home().map(|folder| folder.join("narrows/narrows.json"));
    here.into_iter().chain(global).collect()
}

fn read(path: &Path) -> Result<Source, ConfigError> {
    let cannot =
        |why: &dyn std::fmt::Display| ConfigError::new(format!("cannot read `{}`: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(cannot(&format!("{size} bytes are over the limit of {FILE_BYTES_MAX}")));
    }
    let bytes = std::fs::read(path).map_err(|error| cannot(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8 text"))?;
    Ok(Source::new(path, text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

fn nothing_found(places: &[PathBuf]) -> ConfigError {
    let list: String = places.iter().map(|path| format!("\n  {}", path.display())).collect();
    ConfigError::with_hint(
        format!("found no configuration; looked for{list}"),
        format!(
            "write `narrows.json`, for example\n{EXAMPLE}\nor name a file with `--config`; `narrows demo` needs none"
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
