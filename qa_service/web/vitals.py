"""What this application says of itself, and the series that begin at 0: a counter that first
appears with 1 has not grown, as Prometheus sees it.
"""

from datetime import datetime

from qa_service.channels import Fate
from qa_service.monitoring.vitals import Vitals
from qa_service.retrieval import SEARCHES
from qa_service.web.dependencies import AppDependencies
from qa_service.web.stopping import Stopping


def vitals(deps: AppDependencies, stopping: Stopping) -> Vitals:
    live, metrics = deps.service.live, deps.service.metrics
    metrics.question_slots.set(deps.at_once)
    for leg in SEARCHES:
        metrics.failed_legs.labels(leg)
    for platform in deps.chats.platforms:
        for fate in Fate:
            metrics.chat_calls.labels(platform.name, fate)

    def is_ready() -> bool:
        return live.current.probe.passed and not stopping.is_on

    def built() -> float:
        return datetime.fromisoformat(live.current.engine.snapshot.manifest.created).timestamp()

    return Vitals(metrics, is_ready, built, deps.workers)
