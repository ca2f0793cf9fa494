"""jupyter_kernel_test against the kernelspec "gondola", with everything asked."""

import unittest

import jupyter_kernel_test as jkt


class GondolaTests(jkt.KernelTests):
    kernel_name = "gondola"
    language_name = "gondola"
    file_extension = ".gnd"
    code_hello_world = "%%bash\necho 'hello, world'"
    code_stderr = "%%bash\necho oops >&2"
    completion_samples = [
        {"text": "preproc", "matches": {"preprocess"}},
        {"text": "plot tags --as tree", "matches": {"treemap", "tree"}},
    ]
    complete_code_samples = ["show", "help train", "%%sql\nSELECT 1\n\n", "load a.csv | preprocess"]
    incomplete_code_samples = ["load a.csv |", "load a.csv \\", 'near "pizza', "%%sql", "%%sql\nSELECT 1"]
    invalid_code_samples = ["| show", "near 'a'b", "load x as", "param k"]
    code_page_something = "train?"
    code_generate_error = "cluster -k 0"
    code_execute_result = [
        {"code": "sql -o csv SELECT 6 * 7 AS n", "result": "n\n42\n"},
        {"code": "sql -o jsonl SELECT 'tea' AS title", "result": '{"title":"tea"}\n'},
        {"code": "%%sql\nSELECT 1 AS a", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "%%md\n# Tags", "mime": "text/markdown"},
        {"code": 'load "sample:receipts?n=500" as receipts\nplot receipts --as bar --x vendor', "mime": "text/html"},
        {"code": "sql SELECT 1 AS a\nhelp show", "mime": "text/plain"},
    ]
    code_history_pattern = "sql -o csv*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "train --epochs 3"
    code_clear_output = "clear"


class GondolaWelcome(jkt.IopubWelcomeTests):
    kernel_name = "gondola"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
