"""Opens the window of a run on the display, works its keys, sliders and boxes, and prints what came of it as JSON.

A program of its own: VTK decides once for a process whether it draws on a display.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from fem_lumbar.documents.viewer_window import Window
from fem_lumbar.runs.run import load_run


class Driver:
    """Hands of a person at a window, and eyes that tell whether the picture changed."""

    def __init__(self, window: Window) -> None:
        self.window, self.interactor = window, window.plotter.iren.interactor
        self.seen = self.picture()

    def picture(self) -> np.ndarray:
        return np.asarray(self.window.plotter.screenshot(return_img=True)).astype(int)

    def changed(self) -> float:
        """Share of pixels that differ from when this was asked last."""
        before, self.seen = self.seen, self.picture()
        return float((np.abs(self.seen - before).max(axis=2) > 20).mean())

    def click(self) -> None:
        """In the middle of the segment, after which VTK knows where the mouse is."""
        self.interactor.SetEventInformation(750, 500, 0, 0, "\0", 0, None)
        for event in ("LeftButtonPressEvent", "LeftButtonReleaseEvent"):
            self.interactor.InvokeEvent(event)

    def press(self, key: str) -> None:
        self.interactor.SetEventInformation(750, 500, 0, 0, key, 0, key)
        for event in ("KeyPressEvent", "CharEvent", "KeyReleaseEvent"):
            self.interactor.InvokeEvent(event)

    def slide(self, title: str, value: float) -> None:
        sliders = self.window.plotter.slider_widgets
        (slider,) = (one for one in sliders if one.GetSliderRepresentation().GetTitleText() == title)
        slider.GetSliderRepresentation().SetValue(value)
        slider.InvokeEvent("EndInteractionEvent")

    def titles(self) -> list[str]:
        return [one.GetSliderRepresentation().GetTitleText() for one in self.window.plotter.slider_widgets]

    def tick(self, place: int) -> None:
        box = self.window.plotter.button_widgets[place]
        box.GetRepresentation().SetState(1 - box.GetRepresentation().GetState())
        box.InvokeEvent("StateChangedEvent")


def main(folder: Path, picture: Path) -> dict[str, object]:
    run = load_run(folder)
    window = Window(run, "flexion", "von_mises", off_screen=False)
    window.plotter.show(interactive_update=True, auto_close=False)
    driver, told = Driver(window), {}
    window.plotter.screenshot(picture)
    driver.click()
    camera = window.plotter.camera.position
    driver.press("f")
    told["key_field"], told["key_changed"] = window.field, driver.changed()
    told["camera_stays"] = window.plotter.camera.position == camera
    told["titles"] = driver.titles()
    driver.slide("flexion", 1.0)
    told["slider_case"], told["slider_changed"] = window.case, driver.changed()
    driver.press("c")
    told["cut"], told["cut_changed"] = window.left.cut, driver.changed()
    driver.slide("plane of the cut (mm)", 10.0)
    told["at_mm"], told["plane_changed"] = window.left.at_mm, driver.changed()
    driver.tick(0)
    told["hidden"], told["hidden_changed"] = sorted(window.left.hidden), driver.changed()
    driver.press("m")
    told["ruler"] = window.measures
    driver.press("m")
    told["ruler_again"] = window.measures
    driver.press("i")
    told["probe_changed"] = driver.changed()
    window.plotter.close()
    return told


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:]))))
