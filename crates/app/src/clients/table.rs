//! The clients and where they keep their servers: one row for each file, and no code for any of them.

/// A file in which a client keeps servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// What a person names it by: `--client cursor`.
    pub(crate) name: &'static str,
    /// The program, as its makers spell it.
    pub(crate) title: &'static str,
    pub(crate) scope: Scope,
    pub(super) places: Places,
    pub(super) format: Format,
    /// The keys from the top of the file to its servers; [`FOLDER`] is the current folder.
    pub(super) key: &'static [&'static str],
    pub(super) entry: Entry,
    pub(super) variables: Variables,
}

/// For whom the servers of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// For one person in all folders.
    User,
    /// For one person in one folder, in a file of all folders.
    Local,
    /// For everyone who works in a folder, in a file of that folder.
    Project,
}

/// Where the file lies. Variables are put in, `~/` is the home folder and `./` the current one; of several the first that is there
/// counts, else the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub(super) linux: &'static [&'static str],
    pub(super) macos: &'static [&'static str],
    pub(super) windows: &'static [&'static str],
}

/// The language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, also with comments.
    Json,
    Toml,
    /// Never edited: no kept library changes it and keeps its comments. What to add is printed.
    Yaml,
}

/// How an entry is written that starts a program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Whether `command` is a list of all words, and not a text beside `args`.
    pub(super) is_list: bool,
    /// What else the client wants in it, a JSON object; of a file that is not edited what to add to it, as text.
    pub(super) more: &'static str,
}

/// The variables that a client puts into its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    /// `${X}`, `${env:X}` and what editors know.
    Dollar,
    /// `$X` too, as a shell does.
    Shell,
    /// `{env:X}`.
    Braces,
}

/// Stands in a key for the current folder's path.
pub(super) const FOLDER: &str = ".";

const PLAIN: Entry = Entry { is_list: false, more: "{}" };
const STDIO: Entry = Entry { is_list: false, more: r#"{"type": "stdio"}"# };
const OPENCODE: Entry = Entry { is_list: true, more: r#"{"type": "local", "enabled": true}"# };

/// What is added to a file by hand. In the place of `COMMAND` and `ARGS` stand the program and its arguments, as JSON, which YAML reads too.
const GOOSE: &str = "extensions:
  narrows:
    name: narrows
    type: stdio
    cmd: COMMAND
    args: ARGS
    enabled: true
    timeout: 300";
const CONTINUE: &str = "mcpServers:
  - name: narrows
    command: COMMAND
    args: ARGS";

const MCP_SERVERS: &[&str] = &["mcpServers"];

const fn everywhere(places: &'static [&'static str]) -> Places {
    Places { linux: places, macos: places, windows: places }
}

/// A file of JSON with `mcpServers`, as most clients have it.
const fn usual(name: &'static str, title: &'static str, places: Places) -> Client {
    let (scope, format) = (Scope::User, Format::Json);
    Client {
        name,
        title,
        scope,
        places,
        format,
        key: MCP_SERVERS,
        entry: PLAIN,
        variables: Variables::Dollar,
    }
}

const fn of_project(client: Client) -> Client {
    Client { scope: Scope::Project, ..client }
}

/// A file below the user folder of VS Code.
macro_rules! in_code {
    ($file:literal) => {
        Places {
            linux: &[concat!("${XDG_CONFIG_HOME:-~/.config}/Code/User/", $file)],
            macos: &[concat!("~/Library/Application Support/Code/User/", $file)],
            windows: &[concat!("${APPDATA}/Code/User/", $file)],
        }
    };
}

/// All of them, the best known first.
pub(crate) const CLIENTS: &[Client] = &[
    Client { entry: STDIO, ..usual("claude-code", "Claude Code", CLAUDE_CODE) },
    Client {
        scope: Scope::Local,
        key: &["projects", FOLDER, "mcpServers"],
        entry: STDIO,
        ..usual("claude-code-local", "Claude Code", CLAUDE_CODE)
    },
    of_project(Client {
        entry: STDIO,
        ..usual("claude-code-project", "Claude Code", everywhere(&["./.mcp.json"]))
    }),
    usual(
        "claude-desktop",
        "Claude Desktop",
        Places {
            linux: &["${XDG_CONFIG_HOME:-~/.config}/Claude/claude_desktop_config.json"],
            macos: &["~/Library/Application Support/Claude/claude_desktop_config.json"],
            windows: &["${APPDATA}/Claude/claude_desktop_config.json"],
        },
    ),
    usual("cursor", "Cursor", everywhere(&["~/.cursor/mcp.json"])),
    of_project(usual("cursor-project", "Cursor", everywhere(&["./.cursor/mcp.json"]))),
    Client { key: &["servers"], entry: STDIO, ..usual("vscode", "VS Code", in_code!("mcp.json")) },
    of_project(Client {
        key: &["servers"],
        entry: STDIO,
        ..usual("vscode-project", "VS Code", everywhere(&["./.vscode/mcp.json"]))
    }),
    Client {
        format: Format::Toml,
        key: &["mcp_servers"],
        ..usual("codex", "Codex", everywhere(&["${CODEX_HOME:-~/.codex}/config.toml"]))
    },
    of_project(Client {
        format: Format::Toml,
        key: &["mcp_servers"],
        ..usual("codex-project", "Codex", everywhere(&["./.codex/config.toml"]))
    }),
    Client {
        variables: Variables::Shell,
        ..usual("gemini", "Gemini CLI", everywhere(&["~/.gemini/settings.json"]))
    },
    of_project(Client {
        variables: Variables::Shell,
        ..usual("gemini-project", "Gemini CLI", everywhere(&["./.gemini/settings.json"]))
    }),
    Client {
        entry: Entry { is_list: false, more: r#"{"type": "local", "tools": ["*"]}"# },
        ..usual("copilot", "GitHub Copilot CLI", everywhere(&["${COPILOT_HOME:-~/.copilot}/mcp-config.json"]))
    },
    usual("windsurf", "Windsurf", everywhere(&["~/.codeium/windsurf/mcp_config.json"])),
    usual(
        "cline",
        "Cline",
        in_code!("globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
    ),
    usual(
        "cline-cli",
        "Cline CLI",
        everywhere(&["${CLINE_DIR:-~/.cline}/data/settings/cline_mcp_settings.json"]),
    ),
    usual("roo", "Roo Code", in_code!("globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json")),
    of_project(usual("roo-project", "Roo Code", everywhere(&["./.roo/mcp.json"]))),
    Client {
        key: &["mcp"],
        entry: OPENCODE,
        variables: Variables::Braces,
        ..usual(
            "kilo",
            "Kilo Code",
            everywhere(&[
                "${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json",
                "${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.jsonc",
            ]),
        )
    },
    usual(
        "kilo-vscode",
        "Kilo Code",
        in_code!("globalStorage/kilocode.kilo-code/settings/mcp_settings.json"),
    ),
    of_project(usual("kilo-project", "Kilo Code", everywhere(&["./.kilocode/mcp.json"]))),
    Client {
        key: &["context_servers"],
        entry: Entry { is_list: false, more: r#"{"source": "custom"}"# },
        ..usual(
            "zed",
            "Zed",
            Places {
                linux: &["${XDG_CONFIG_HOME:-~/.config}/zed/settings.json"],
                macos: &["~/.config/zed/settings.json"],
                windows: &["${APPDATA}/Zed/settings.json"],
            },
        )
    },
    of_project(Client {
        key: &["context_servers"],
        entry: Entry { is_list: false, more: r#"{"source": "custom"}"# },
        ..usual("zed-project", "Zed", everywhere(&["./.zed/settings.json"]))
    }),
    Client {
        key: &["mcp"],
        entry: OPENCODE,
        variables: Variables::Braces,
        ..usual(
            "opencode",
            "opencode",
            everywhere(&[
                "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json",
                "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc",
            ]),
        )
    },
    of_project(Client {
        key: &["mcp"],
        entry: OPENCODE,
        variables: Variables::Braces,
        ..usual("opencode-project", "opencode", everywhere(&["./opencode.json", "./opencode.jsonc"]))
    }),
    Client { key: &["amp.mcpServers"], ..usual("amp", "Amp", everywhere(&["~/.config/amp/settings.json"])) },
    Client { entry: STDIO, ..usual("droid", "Factory Droid", everywhere(&["~/.factory/mcp.json"])) },
    of_project(Client {
        entry: STDIO,
        ..usual("droid-project", "Factory Droid", everywhere(&["./.factory/mcp.json"]))
    }),
    usual("amazon-q", "Amazon Q Developer", everywhere(&["~/.aws/amazonq/mcp.json"])),
    of_project(usual("amazon-q-project", "Amazon Q Developer", everywhere(&["./.amazonq/mcp.json"]))),
    usual("kiro", "Kiro", everywhere(&["~/.kiro/settings/mcp.json"])),
    of_project(usual("kiro-project", "Kiro", everywhere(&["./.kiro/settings/mcp.json"]))),
    usual("warp", "Warp", everywhere(&["~/.warp/.mcp.json"])),
    of_project(usual("warp-project", "Warp", everywhere(&["./.warp/.mcp.json"]))),
    usual("junie", "JetBrains Junie", everywhere(&["~/.junie/mcp/mcp.json"])),
    of_project(usual("junie-project", "JetBrains Junie", everywhere(&["./.junie/mcp/mcp.json"]))),
    Client {
        variables: Variables::Shell,
        ..usual("qwen", "Qwen Code", everywhere(&["~/.qwen/settings.json"]))
    },
    usual("lm-studio", "LM Studio", everywhere(&["~/.lmstudio/mcp.json", "~/.cache/lm-studio/mcp.json"])),
    usual(
        "antigravity",
        "Antigravity",
        everywhere(&["~/.gemini/config/mcp_config.json", "~/.gemini/antigravity/mcp_config.json"]),
    ),
    usual("mcporter", "MCPorter", everywhere(&["~/.mcporter/mcporter.json", "~/.mcporter/mcporter.jsonc"])),
    of_project(usual("mcporter-project", "MCPorter", everywhere(&["./config/mcporter.json"]))),
    Client {
        key: &["mcp"],
        entry: STDIO,
        variables: Variables::Shell,
        ..usual("crush", "Crush", everywhere(&["${XDG_CONFIG_HOME:-~/.config}/crush/crush.json"]))
    },
    Client {
        format: Format::Toml,
        key: &["mcp_servers"],
        ..usual("grok", "Grok Build", everywhere(&["${GROK_HOME:-~/.grok}/config.toml"]))
    },
    Client {
        entry: Entry { is_list: false, more: r#"{"transport": "stdio"}"# },
        ..usual("kimi", "Kimi Code", everywhere(&["${KIMI_CODE_HOME:-~/.kimi-code}/mcp.json"]))
    },
    usual("mastra", "Mastra Code", everywhere(&["~/.mastracode/mcp.json"])),
    usual("pi", "Pi", everywhere(&["${PI_CODING_AGENT_DIR:-~/.pi/agent}/mcp.json"])),
    Client { key: &["mcp"], entry: OPENCODE, ..usual("fx", "fx", everywhere(&["~/.fx/mcp.json"])) },
    Client {
        format: Format::Yaml,
        key: &["extensions"],
        entry: Entry { is_list: false, more: GOOSE },
        ..usual(
            "goose",
            "goose",
            Places {
                linux: &["${XDG_CONFIG_HOME:-~/.config}/goose/config.yaml"],
                macos: &["~/.config/goose/config.yaml"],
                windows: &["${APPDATA}/Block/goose/config/config.yaml"],
            },
        )
    },
    Client {
        format: Format::Yaml,
        entry: Entry { is_list: false, more: CONTINUE },
        ..usual("continue", "Continue", everywhere(&["~/.continue/config.yaml"]))
    },
];

const CLAUDE_CODE: Places = everywhere(&["${CLAUDE_CONFIG_DIR:-~}/.claude.json"]);

/// Narrows' own configuration, as if it were a client's.
pub(super) static OWN: Client = usual("narrows", "Narrows", everywhere(&[]));

/// A file that a person names, of any client.
pub(super) static JSON_FILE: Client = usual("file", "a file", everywhere(&[]));
pub(super) static TOML_FILE: Client =
    Client { format: Format::Toml, ..usual("file", "a file", everywhere(&[])) };
