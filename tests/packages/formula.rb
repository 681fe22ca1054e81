# Runs Homebrew's formula with a stand-in of Homebrew: ruby formula.rb FORMULA SYSTEM PREFIX, in the folder of the unpacked archive.
# Says what the formula named, installs into PREFIX by the formula's own `install`, and runs its own `test`.
require "fileutils"
require "pathname"

formula, SYSTEM, PREFIX = ARGV
OS, CPU = SYSTEM.split("-")

# Homebrew's additions to Pathname that a formula may call.
class Pathname
  def install(*files)
    mkpath
    files.flatten.each { |file| FileUtils.mv(file, self) }
  end

  def install_symlink(*files)
    mkpath
    files.flatten.each do |file|
      raise "There is no #{file}" unless File.exist?(file)
      FileUtils.ln_s(file, self)
    end
  end
end

# What stands in `service do`.
class Service
  def method_missing(name, *words, **named)
    puts "service #{name} #{(words + named.to_a).flatten.join(" ")}"
  end
end

class Formula
  class << self
    %w[desc homepage version license url sha256].each do |word|
      define_method(word) do |value = nil|
        @facts ||= {}
        raise "#{word} twice" if value && @facts.key?(word)
        value ? @facts[word] = value : @facts.fetch(word)
      end
    end
    { on_macos: "macos", on_linux: "linux" }.each do |word, os|
      define_method(word) { |&block| block.call if OS == os }
    end
    { on_arm: "arm", on_intel: "intel" }.each do |word, cpu|
      define_method(word) { |&block| block.call if CPU == cpu }
    end
    def skip_clean(*) = nil
    def service(&block) = @service = block
    def test(&block) = @test = block
    attr_reader :facts

    def service_block = @service

    def test_block = @test
  end

  def prefix = Pathname(PREFIX)
  def bin = prefix/"bin"
  def libexec = prefix/"libexec"
  def man1 = prefix/"share/man/man1"
  def bash_completion = prefix/"etc/bash_completion.d"
  def zsh_completion = prefix/"share/zsh/site-functions"
  def fish_completion = prefix/"share/fish/vendor_completions.d"
  def version = self.class.version

  def shell_output(command)
    said = `#{command}`
    raise "#{command} ended with #{$?.exitstatus}" unless $?.success?
    said
  end

  def assert_match(wanted, said)
    raise "#{wanted} is not in #{said}" unless said.match?(Regexp.new(Regexp.escape(wanted)))
  end
end

class Service
  def opt_bin = Pathname(PREFIX)/"bin"
  def var = Pathname(PREFIX)/"var"
end

load formula
Heliograph.facts.each { |word, value| puts "#{word} #{value}" }
if File.exist?("LICENSE")
  made = Heliograph.new
  made.install
  Service.new.instance_eval(&Heliograph.service_block)
  made.instance_eval(&Heliograph.test_block)
  puts "tested"
end
