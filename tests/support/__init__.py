"""What tests share: corpora, fakes, applications, browsers."""
