from __future__ import annotations

from xlearning.client.option_table import OPTIONS, SECTIONS, Option
from xlearning.config.keys import KEYS

R1_4 = """
app-name appName app-type appType am-memory amMemory am-cores amCores worker-num
workerNum worker-memory workerMemory worker-cores workerCores chiefworker-memory
chiefWorkerMemory evaluatorworker-memory evaluatorWorkerMemory ps-num psNum ps-memory
psMemory ps-cores psCores files jars cacheFile cacheArchive launch-cmd launchCmd
user-path userPath user-ldlibrarypath userLDLIBRARYPATH user-classpath-first
userClasspathFirst queue priority input output input-strategy inputStrategy
output-strategy outputStrategy isRenameInputFile stream-epoch streamEpoch inputformat
inputFormatClass inputformat-shuffle inputformatShuffle outputformat outputFormatClass
output-index outputIndex tf-evaluator tfEvaluator board-enable boardEnable board-index
boardIndex board-logdir boardLogDir board-historydir boardHistoryDir
board-reloadinterval boardReloadInterval board-modelpb boardModelPB board-cacheTimeout
boardCacheTimeout docker-image dockerImage container-type containerType conf help
"""
GPU = "worker-gcores workerGcores ps-gcores psGcores worker-gpus ps-gpus"


def options() -> list[Option]:
    return [option for section in SECTIONS.values() for option in section]


def test_every_option_of_xlearning_and_its_gpu_branch_is_there() -> None:
    assert set(R1_4.split()) | set(GPU.split()) <= set(OPTIONS)


def test_no_spelling_stands_twice() -> None:
    spellings = [name for option in options() for name in (option.name, *option.other)]
    assert len(spellings) == len(set(spellings))


def test_every_setting_has_its_key() -> None:
    for option in options():
        assert not option.key or option.key in KEYS, option.name


def test_an_option_has_a_help_of_its_own_or_its_keys() -> None:
    for option in options():
        assert option.help or option.key, option.name
