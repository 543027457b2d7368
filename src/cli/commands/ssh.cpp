#include "ssh/ssh.h"

#include <fmt/format.h>

#include <ostream>

#include "aws/instance_connect.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/exit_code.h"
#include "cli/talk.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

struct SshOptions {
  std::string name;
  bool terminal = false;
  std::string via;
};

void declare_options(Options& options, SshOptions& values) {
  options.argument("NAME", values.name, true, "its name or instance id");
  options.flag("-t,--tty", values.terminal, "give the command a terminal");
  options.text("--via", "HOST", values.via,
               "through another host, as your own ssh reaches it: where port 22 is closed");
}

constexpr Duration boot_patience{60'000};

std::string last_words(const Exit& exit) { return exit.err.empty() ? "no answer" : lines(exit.err).back(); }

int refused(Context& context, const Error& error) {
  tell_error(context, error);
  return exit_connection;
}

/// The target as it is remembered, if it can still be verified. Asks nobody: two small files.
std::optional<ssh::Target> remembered(const Context& context, const std::string& name) {
  if (!context.globals().regions.empty()) return std::nullopt;
  auto target = ssh::remembered_target(context.folders(), remembered_name(context, name));
  if (!target) return std::nullopt;
  const auto stored = ssh::stored_host_keys(*target);
  if (!stored || stored->empty()) return std::nullopt;
  target->name = name;
  return std::move(*target);
}

/// In single quotes, for sh.
std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return word + "'";
}

/// The way through another host: an instance of ours by what is remembered of it, else whatever the user's own
/// configuration knows by that name. The instance's host key is verified as ever, by us and not by that host.
std::vector<std::string> way(const SshOptions& values, const Context& context) {
  if (values.via.empty()) return {};
  std::string command = "ssh -W %h:%p -- " + shell_word(values.via);
  if (const auto ours = remembered(context, values.via)) {
    command.clear();
    for (const std::string& word : ssh::command_line(*ours, {"-W", "%h:%p"}))
      command += word == "%h:%p" ? word + " " : shell_word(word) + " ";
  }
  return {"-o", "ProxyCommand=" + command};
}

/// A connection through another host is shared under a name of its own.
ssh::Target by_way(ssh::Target target, const SshOptions& values, const Context& context) {
  if (!values.via.empty() && !target.control_path.empty())
    target.control_path =
        ssh::shared_connection_path(context.folders(), target.host_key_alias + "/via/" + values.via, target.address);
  return target;
}

/// Becomes ssh. Where the streams are not the process's own (tests), runs it and passes on what it said.
Result<int> become_ssh(const ssh::Target& target, const SshOptions& values, Context& context) {
  std::vector<std::string> extra = way(values, context);
  if (values.terminal) extra.emplace_back("-t");
  auto argv = ssh::command_line(target, extra);
  argv.insert(argv.end(), context.rest.begin(), context.rest.end());
  if (context.owns_streams()) {
    context.out().flush();
    context.err().flush();
    return std::unexpected(exec({.argv = std::move(argv)}));
  }
  auto exit = context.runner().run({.argv = std::move(argv)});
  if (!exit) return pass(exit);
  context.out() << exit->out;
  context.err() << exit->err;
  return exit->code;
}

/// Opens the shared connection, so that what ssh says of a failure can be read before a terminal is handed over.
Result<Exit> open_shared(const ssh::Target& target, const SshOptions& values, Context& context) {
  if (target.control_path.empty() || ssh::shared_connection_is_open(target)) return Exit{};
  // With our terminal, so that the passphrase of a key of the user's own can be asked for. (-f reads no input.)
  std::vector<std::string> extra = way(values, context);
  extra.emplace_back("-fN");
  return context.runner().run({.argv = ssh::command_line(target, extra), .inherit_input = context.owns_streams()});
}

bool is_wrong_key(const Exit& exit) { return ssh::classify(exit) == ssh::Refusal::wrong_key; }

Error wrong_key(const ssh::Target& target) {
  return {ErrorClass::unauthorized,
          fmt::format("Whoever answers at {} is not {}: its host key is not the one that is known.", target.address,
                      target.name),
          fmt::format("Do not connect. Another machine may have the address by now: look with `hotaru show {}`.",
                      target.name)};
}

/// Why the connection failed, by what EC2 says of the instance and who is let in; nullopt if it may only be booting.
std::optional<Error> explain(const ssh::Target& target, const Exit& exit, const lifecycle::Which& which,
                             lifecycle::Context& cloud) {
  const auto facts = lifecycle::show(cloud, which);
  if (!facts) return facts.error();
  if (facts->state != "running") {
    return Error{ErrorClass::conflict, fmt::format("{} is {}.", which.name, facts->state),
                 facts->state == "stopped" ? fmt::format("`hotaru start {}` starts it.", which.name) : ""};
  }
  if (ssh::classify(exit) == ssh::Refusal::not_allowed) {
    return Error{
        ErrorClass::unauthorized, fmt::format("{} refuses the key: {}", which.name, last_words(exit)),
        fmt::format("It was launched by {} with the login {}: with another machine's key, log in from there or "
                    "add this machine's public key there.",
                    facts->owner, target.user)};
  }
  const auto access = lifecycle::check_access(cloud, which);
  if (access && !access->open) {
    return Error{ErrorClass::unauthorized,
                 access->allowed.empty()
                     ? fmt::format("{} lets in nobody at port 22: its security group has no rule for it.", which.name)
                     : fmt::format("Your address is {} now, and {} lets in only {}.", access->current, which.name,
                                   join(access->allowed, ", ")),
                 fmt::format("`hotaru show {} --fix-access` lets it in.", which.name)};
  }
  if (ssh::classify(exit) == ssh::Refusal::not_yet) return std::nullopt;
  return Error{ErrorClass::unavailable,
               fmt::format("{} cannot be reached at {}: {}", which.name, target.address, last_words(exit))};
}

/// It was launched with a key that is not on this machine: EC2 lets one of ours in for a minute, long enough to open
/// the shared connection. nullopt where that does not help; its host key is verified by the tag, as ever.
Result<std::optional<ssh::Target>> connect_with_pushed_key(const SshOptions& values, Context& context,
                                                           const ssh::Target& target, const lifecycle::Which& which,
                                                           lifecycle::Context& cloud) {
  auto key = ssh::ensure_user_key(context.folders(), context.runner(), context.clock());
  if (!key) return pass(key);
  const auto facts = lifecycle::show(cloud, which);
  if (!facts) return std::unexpected(facts.error());
  const auto sent = aws::send_ssh_public_key(
      cloud.client, facts->region,
      {.instance_id = facts->id, .user = target.user, .zone = facts->zone, .public_key = key->public_text});
  if (!sent) {
    tell_note(context, "EC2 Instance Connect does not let this machine in: " + sent.error().message);
    return std::optional<ssh::Target>{};
  }
  ssh::Target ours = target;
  ours.identity = key->private_file;
  auto opened = open_shared(ours, values, context);
  if (!opened) return pass(opened);
  if (!opened->ok()) return std::optional<ssh::Target>{};
  tell_note(context, values.name + " was launched with another machine's key: let in by EC2 Instance Connect");
  return std::optional(ours);
}

/// It runs and lets us in, and its sshd does not answer: it boots.
Result<void> wait_for_boot(const ssh::Target& target, Context& context) {
  tell_note(context, fmt::format("{} does not answer yet; it may be booting. Waiting a minute at most", target.name));
  auto shell = ssh::await_shell(target, "", context.runner(), context.clock(), boot_patience, {});
  if (!shell) return pass(shell);
  return {};
}

/// Asks EC2 where the instance is now.
Result<int> connect_by_asking(const SshOptions& values, Context& context, const std::optional<ssh::Target>& tried,
                              Exit failure) {
  auto which = context.which(values.name);
  if (!which) return pass(which);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto target = lifecycle::target(**cloud, *which, tried.has_value());
  if (!target) return pass(target);
  // Asked again, EC2 may know another address, or by the tag the host key that another machine has replaced.
  const bool other = !tried || target->address != tried->address || is_wrong_key(failure);
  *target = by_way(*target, values, context);
  if (!target->address.empty() && other) {
    if (tried) ssh::close_shared(*tried, context.runner());
    auto opened = open_shared(*target, values, context);
    if (!opened) return pass(opened);
    if (opened->ok()) {
      if (values.via.empty()) remember_connection(context, *target);
      return become_ssh(*target, values, context);
    }
    failure = std::move(*opened);
    if (!tried && is_wrong_key(failure)) return connect_by_asking(values, context, *target, std::move(failure));
  }
  if (is_wrong_key(failure)) return refused(context, wrong_key(*target));
  if (ssh::classify(failure) == ssh::Refusal::not_allowed) {
    auto ours = connect_with_pushed_key(values, context, *target, *which, **cloud);
    if (!ours) return pass(ours);
    if (*ours) return become_ssh(**ours, values, context);
  }
  if (!values.via.empty())
    return refused(context,
                   {ErrorClass::unavailable,
                    fmt::format("{} cannot be reached through {}: {}", values.name, values.via, last_words(failure)),
                    fmt::format("Does `ssh {}` work? Who may connect is settled by: hotaru show {} "
                                "--fix-access --from ADDRESS/32",
                                values.via, values.name)});
  if (const auto reason = explain(*target, failure, *which, **cloud)) return refused(context, *reason);
  if (auto booted = wait_for_boot(*target, context); !booted) return refused(context, booted.error());
  remember_connection(context, *target);
  return become_ssh(*target, values, context);
}

Result<int> run_command(const SshOptions& values, Context& context) {
  if (values.via.starts_with("-"))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no host.", values.via), "Say --via HOST or USER@HOST.");
  auto target = remembered(context, values.name);
  if (!target) return connect_by_asking(values, context, std::nullopt, {});
  *target = by_way(std::move(*target), values, context);
  auto opened = open_shared(*target, values, context);
  if (!opened) return pass(opened);
  if (opened->ok()) return become_ssh(*target, values, context);
  // A wrong key at a remembered address: EC2 may have given the address to somebody else. What is tried after it is
  // verified in its turn.
  return connect_by_asking(values, context, target, std::move(*opened));
}

constexpr Example examples[] = {
    {"hotaru ssh train", "a terminal on it"},
    {"hotaru ssh train -- nvidia-smi", "one command; its exit code is passed on"},
    {"hotaru ssh train --via me@office", "through a host that may go out where this machine may not"},
    {"tar c data | hotaru ssh train -- tar x", "standard input and output go through"},
};

}  // namespace

extern const Command ssh_command{
    .name = "ssh",
    .summary = "Log in, or run one command",
    .arguments = "NAME [-- COMMAND...]",
    .about =
        "Logs in by the system's ssh over a verified, shared connection. The exit code is the command's; 255 when\n"
        "the connection failed. Where the instance was launched from another machine of the account, EC2 Instance "
        "Connect\n"
        "lets this one in (permission ec2-instance-connect:SendSSHPublicKey); its host key is known by its tag.",
    .examples = examples,
    .make = bound<SshOptions>,
    .takes_rest = true,
};

}  // namespace hotaru::cli
