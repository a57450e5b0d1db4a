"""Lets a sandbox on moto 5.2.1 start executions from a task, for the end-to-end test of the example.

moto leaves out the translation between the names of the API's members (stateMachineArn) and those of the task's
parameters and result (StateMachineArn). Python loads this file by its name from a folder of PYTHONPATH.
"""

import importlib.abc
import importlib.machinery
import sys

MODULE = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"


def rename(members: dict, change) -> None:
    for name in list(members):
        value = members.pop(name)
        members[change(name[0]) + name[1:]] = value
        if name in ("inputDetails", "outputDetails"):
            rename(value, change)


class Mend(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            service = module.StateTaskServiceSfn
            encode_input = service._normalise_parameters

            def normalise_parameters(self, parameters, *args, **kwargs):
                encode_input(self, parameters, *args, **kwargs)
                rename(parameters, str.lower)

            def normalise_response(self, response, *args, **kwargs):
                rename(response, str.upper)

            service._normalise_parameters = normalise_parameters
            service._normalise_response = normalise_response

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Mend())
