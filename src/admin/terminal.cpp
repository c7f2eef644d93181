#include "admin/terminal.h"

#include "admin/failure.h"

#include "base/wipe_guard.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace auth {

namespace {

/// A form has at most 8 KiB, and each byte of a password may take three of
/// them.
constexpr std::size_t longest_line = 2048;
constexpr int attempts = 3;

constexpr std::array<int, 5> ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT,
                                            SIGTSTP};

/// The pipe into which handlers write a signal that has come, so that no signal
/// is missed between two waits.
/// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::array<int, 2> signal_pipe{-1, -1};

void note_signal(int number)
{
    const int error = errno;
    const auto byte = static_cast<unsigned char>(number);
    // The pipe cannot be full: the first signal ends the reading.
    [[maybe_unused]] ssize_t written = write(signal_pipe[1], &byte, 1);
    errno = error;
}

/// Catches the signals that would leave the terminal without echo.
class signal_catcher
{
public:
    signal_catcher()
    {
        if (pipe2(signal_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
            throw failure(exit_code::failed,
                          std::string("pipe: ") + std::strerror(errno));
        }
        struct sigaction noting {
        };
        noting.sa_handler = note_signal;
        noting.sa_flags = SA_RESTART;
        for (std::size_t i = 0; i < ending_signals.size(); ++i) {
            sigaction(ending_signals[i], nullptr, &before_[i]);
            // A signal that is ignored (nohup) stays ignored.
            if (before_[i].sa_handler != SIG_IGN) {
                sigaction(ending_signals[i], &noting, nullptr);
            }
        }
    }
    signal_catcher(const signal_catcher&) = delete;
    signal_catcher& operator=(const signal_catcher&) = delete;
    ~signal_catcher()
    {
        for (std::size_t i = 0; i < ending_signals.size(); ++i) {
            sigaction(ending_signals[i], &before_[i], nullptr);
        }
        close(signal_pipe[0]);
        close(signal_pipe[1]);
        signal_pipe = {-1, -1};
    }

private:
    std::array<struct sigaction, ending_signals.size()> before_{};
};

class echo_off
{
public:
    echo_off()
    {
        bool done = tcgetattr(STDIN_FILENO, &before_) == 0;
        if (done) {
            termios silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            silent.c_lflag |= ICANON | ISIG | ECHONL;
            done = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
        }
        if (!done) {
            throw failure(exit_code::failed,
                          std::string("terminal: ") + std::strerror(errno));
        }
    }
    echo_off(const echo_off&) = delete;
    echo_off& operator=(const echo_off&) = delete;
    ~echo_off() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

private:
    termios before_{};
};

void say(const std::string& text)
{
    [[maybe_unused]] ssize_t written =
        write(STDERR_FILENO, text.data(), text.size());
}

/// Waits for input or a signal. Returns the number of the signal, or 0 for
/// input. If no signal is caught there is no pipe, and poll() leaves it out.
int wait_for_input()
{
    std::array<pollfd, 2> waiting{
        {{STDIN_FILENO, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}}};
    while (poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
    }
    unsigned char number = 0;
    return read(signal_pipe[0], &number, 1) == 1 ? number : 0;
}

/// Reads a line byte by byte, because what follows belongs to another program.
/// After a signal it returns nothing, and the number of the signal.
std::optional<secret> read_line(int& signal_number)
{
    std::array<char, longest_line + 1> line{};
    const wipe_guard wipe(line.data(), line.size());
    std::size_t size = 0;
    for (;;) {
        signal_number = wait_for_input();
        if (signal_number != 0) {
            return std::nullopt;
        }
        char c = 0;
        const ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (got <= 0 && size == 0) {
            return std::nullopt;
        }
        if (got <= 0 || c == '\n') {
            break;
        }
        if (size == line.size()) {
            throw failure(exit_code::refused,
                          "the password is longer than " +
                              std::to_string(longest_line) +
                              " bytes: no form of nginx takes it");
        }
        line[size++] = c;
    }
    size -= size != 0 && line[size - 1] == '\r' ? 1 : 0;
    return secret({line.data(), size});
}

/// Asks without echo, and asks again after the program was suspended.
std::optional<secret> ask_once(const std::string& prompt)
{
    for (;;) {
        int signal_number = 0;
        {
            const signal_catcher signals;
            const echo_off silent;
            say(prompt);
            auto line = read_line(signal_number);
            if (signal_number == 0) {
                return line;
            }
            say("\n");
        }
        // The signal takes effect with the terminal as it was.
        static_cast<void>(raise(signal_number));
    }
}

[[noreturn]] void refuse_nothing()
{
    throw failure(exit_code::usage,
                  "no password was given: type it, or pass it as one line on "
                  "standard input");
}

} // namespace

bool input_is_terminal() noexcept
{
    return isatty(STDIN_FILENO) == 1;
}

secret ask_new_password(const std::string& username)
{
    if (!input_is_terminal()) {
        int signal_number = 0;
        auto line = read_line(signal_number);
        if (!line || line->empty()) {
            refuse_nothing();
        }
        return std::move(*line);
    }
    for (int i = 0; i < attempts; ++i) {
        auto first = ask_once("New password of " + username + ": ");
        if (!first || first->empty()) {
            refuse_nothing();
        }
        auto second = ask_once("Again: ");
        if (!second) {
            refuse_nothing();
        }
        if (first->view() == second->view()) {
            return std::move(*first);
        }
        say("These are two different passwords.\n");
    }
    throw failure(exit_code::usage, "the same password was not typed twice");
}

bool confirm(const std::string& question)
{
    say(question);
    int signal_number = 0;
    const auto line = read_line(signal_number);
    return line && (line->view() == "y" || line->view() == "yes" ||
                    line->view() == "Y" || line->view() == "Yes");
}

} // namespace auth
