"""Names of variables that make a shell, a loader or an interpreter run or load code.

A whole secret as `env` or `dotenv` takes the names from the secret, so that anybody who may write to it could run code
in the application. With a reference with `#key`, or a separate variable, the Pod's author chooses the name.
"""

from __future__ import annotations

from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# the effect and its source; then the names, or prefixes with a star at the end
TABLE = (
    ("a shell runs the file that it names (bash(1), sh(1): INVOCATION; zsh(1))", "BASH_ENV ENV ZDOTDIR HOME"),
    ("a shell evaluates it at each prompt or command (bash(1): Shell Variables)", "PS0 PS1 PS2 PS3 PS4 PROMPT_COMMAND"),
    ("a shell reads its words and finds its commands by it (POSIX, XCU 2.5.3)", "IFS PATH CDPATH FPATH EXECIGNORE"),
    ("it turns on a shell's options, or gives it a function (bash(1))", "SHELLOPTS BASHOPTS BASH_FUNC_* BASH_COMPAT"),
    ("a shell writes its trace, or its history, there (bash(1))", "BASH_XTRACEFD HISTFILE"),
    ("the loader loads what it names (ld.so(8))", "LD_* GLIBC_TUNABLES"),
    ("the loader of macOS loads what it names (dyld(1))", "DYLD_*"),
    ("the C library loads a converter from there (iconv(1), locale(7))", "GCONV_PATH LOCPATH NLSPATH"),
    (
        "OpenSSL loads an engine or provider that it names (openssl-env(7))",
        "OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES",
    ),
    ("Python takes its modules, or its start, from it (python(1): ENVIRONMENT VARIABLES)", "PYTHON*"),
    ("Node.js takes options and modules from it (nodejs.org/api/cli.html)", "NODE_OPTIONS NODE_PATH NODE_REPL_*"),
    ("npm takes its settings, a shell among them, from it (docs.npmjs.com, config)", "NPM_CONFIG_* npm_config_*"),
    ("Perl takes options and modules from it (perlrun(1))", "PERL5OPT PERL5LIB PERL5DB PERL5SHELL PERLLIB PERLIO"),
    ("Ruby takes options and libraries from it (ruby(1), gem(1), bundle-config(1))", "RUBYOPT RUBYLIB RUBYSHELL"),
    ("Ruby takes options and libraries from it (gem(1), bundle-config(1))", "GEM_HOME GEM_PATH BUNDLE_*"),
    ("a JVM takes options, and so agents and classes, from it (java(1))", "JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS"),
    ("a JVM or its start script takes options or classes from it (java(1))", "_JAVA_OPTIONS JAVA_OPTS CLASSPATH"),
    ("OpenJ9 takes options, and so agents, from it (eclipse.dev/openj9/docs)", "OPENJ9_JAVA_OPTIONS IBM_JAVA_OPTIONS"),
    ("Gunicorn takes options, and so a file of Python, from it (docs.gunicorn.org: settings)", "GUNICORN_CMD_ARGS"),
    ("make, or Rust's cargo, runs what it names (make(1), doc.rust-lang.org/cargo)", "MAKEFLAGS RUSTC_WRAPPER"),
    ("Vim runs its commands (vim: :help initialization)", "VIMINIT EXINIT"),
    (
        "a start script hands it to a JVM as options (Maven, Gradle, Tomcat, sbt, Ant, Hadoop, Kafka)",
        "MAVEN_OPTS GRADLE_OPTS CATALINA_OPTS SBT_OPTS ANT_OPTS HADOOP_OPTS KAFKA_OPTS ES_JAVA_OPTS",
    ),
    (
        ".NET loads what it names before the application (learn.microsoft.com: host startup hook, profiler)",
        (
            "DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE ASPNETCORE_HOSTINGSTARTUPASSEMBLIES "
            "DOTNET_ROOT* CORECLR_* COR_ENABLE_PROFILING COR_PROFILER COR_PROFILER_*"
        ),
    ),
    ("PHP takes its settings, and so files to run, from it (php.net: configuration file)", "PHPRC PHP_INI_SCAN_DIR"),
    ("Lua runs it, or finds its modules by it (lua(1))", "LUA_INIT* LUA_PATH* LUA_CPATH*"),
    (
        "Erlang takes options and libraries from it (erl(1))",
        "ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ERL_LIBS ELIXIR_ERL_OPTIONS",
    ),
    ("R runs the file that it names (R: ?Startup)", "R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER R_LIBS*"),
    ("Julia loads code from there (docs.julialang.org)", "JULIA_LOAD_PATH JULIA_DEPOT_PATH"),
    ("Tcl or Emacs loads code from there (tclvars(n), Emacs' manual)", "TCLLIBPATH EMACSLOADPATH"),
    ("the Go command runs what it names (go help environment)", "GOFLAGS GOTOOLDIR"),
    (
        "Git runs what it names, or takes settings that run something (git(1))",
        (
            "GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF "
            "GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_CONFIG*"
        ),
    ),
    ("ssh or sudo runs it to ask for a password (ssh(1), sudo(8))", "SSH_ASKPASS SUDO_ASKPASS SSH_SK_PROVIDER"),
    ("programs run it as a command (environ(7))", "EDITOR VISUAL PAGER BROWSER SHELL MANPAGER LESSOPEN LESSCLOSE"),
    ("psql runs it, or the file that it names (psql(1))", "PSQL_EDITOR PSQL_PAGER PSQLRC"),
    ("MySQL's client loads plugins that it names (C API)", "LIBMYSQL_PLUGINS LIBMYSQL_PLUGIN_DIR"),
    (
        "GTK, GIO, GStreamer or Qt loads modules that it names",
        "GTK_MODULES GIO_EXTRA_MODULES GST_PLUGIN_PATH QT_PLUGIN_PATH",
    ),
)


def refuse_code_names(names: Iterable[str], format_name: str) -> None:
    """Raise NotRepresentable for the first name that would make a program run code."""
    for name in names:
        reason = reason_against(name)
        if reason:
            raise NotRepresentable(
                f"the key {quoted(name)} of a whole secret cannot be a variable in the format {format_name}: {reason}",
                hint="rename the key; or, if it is meant so, ask for it alone: #KEY in the reference",
            )


def reason_against(name: str) -> str:
    """Return why a name is refused, or ""."""
    reason = _EXACT.get(name)
    if reason is None:
        reason = next((why for begin, why in _BEGINS if name.startswith(begin)), "")
    return reason


_EXACT = {name: why for why, names in TABLE for name in names.split() if not name.endswith("*")}
_BEGINS = [(name[:-1], why) for why, names in TABLE for name in names.split() if name.endswith("*")]
