from __future__ import annotations

from xlearning.config.keys import KEYS
from xlearning.config.load import Entry, load_settings
from xlearning.job.spec import SaveOptions


def test_the_defaults_are_those_of_a_job() -> None:
    options = SaveOptions()
    prefix = "xlearning.interresult."
    defaults = {
        "dir": options.directory,
        "save.every": int(options.every_s * 1000),
        "keep": options.keep,
        "save.inc": options.incremental,
        "upload.timeout": int(options.timeout_s * 1000),
    }
    assert {name: KEYS[prefix + name].default for name in defaults} == defaults


def test_the_names_of_hbox_are_taken() -> None:
    settings = load_settings(
        [
            Entry("hbox.interresult.upload.interval", "60000", "`--conf`"),
            Entry("hbox.interresult.upload.inc", "true", "`--conf`"),
            Entry("hbox.interresult.dir", "/interResult/interResult_", "`--conf`"),
        ]
    )
    assert settings.seconds("xlearning.interresult.save.every") == 60.0
    assert settings.flag("xlearning.interresult.save.inc")
    assert settings.text("xlearning.interresult.dir") == "/interResult/interResult_"
