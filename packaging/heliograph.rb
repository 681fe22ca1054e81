# Made by `deno task generate` out of tools/release; a release has it with the sums.
class Heliograph < Formula
  desc "End-to-end-encrypted chat, files and video in the terminal"
  homepage "https://github.com/heliograph/heliograph"
  version "0.1.0"
  license "MIT"

  on_macos do
    on_arm do
      url "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-aarch64-apple-darwin.tar.xz"
      sha256 "0000000000000000000000000000000000000000000000000000000000000000"
    end
    on_intel do
      url "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-x86_64-apple-darwin.tar.xz"
      sha256 "0000000000000000000000000000000000000000000000000000000000000000"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-aarch64-unknown-linux-gnu.tar.xz"
      sha256 "0000000000000000000000000000000000000000000000000000000000000000"
    end
    on_intel do
      url "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-x86_64-unknown-linux-gnu.tar.xz"
      sha256 "0000000000000000000000000000000000000000000000000000000000000000"
    end
  end

  # Its own code lies behind the runtime.
  skip_clean :all

  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"heliograph"
    bin.install_symlink libexec/"heliograph-server"
    man1.install_symlink Dir[libexec/"man/*.1"]
    bash_completion.install_symlink Dir[libexec/"completions/bash/*"]
    zsh_completion.install_symlink Dir[libexec/"completions/zsh/*"]
    fish_completion.install_symlink Dir[libexec/"completions/fish/*"]
  end

  service do
    run [opt_bin/"heliograph-server", "serve", "--no-console"]
    environment_variables HELIOGRAPH_DATA: var/"heliograph"
    log_path var/"log/heliograph-server.log"
    error_log_path var/"log/heliograph-server.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/heliograph --version")
  end
end
