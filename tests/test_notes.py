"""Notes: strings and bars in tune, the wheels, the measures, and the notebook's networks."""

import functools

import cells
import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from gan_lesson.applications import notes


@functools.cache
def examples():
    return notes.example_notes(200)


def test_frequencies():
    assert notes.frequency(9) == 440 and notes.frequency(-3) == 220
    assert notes.frequency(0) == pytest.approx(261.63, abs=0.01)
    assert notes.frequency(notes.WHEELS - 1) < notes.SAMPLE_RATE / 2


@pytest.mark.parametrize("key", [0, 7, 12])
def test_examples_are_in_tune_mixed_and_repeat(key):
    waves, instruments = notes.example_notes(20, key)
    assert waves.shape == (40, 4000) and waves.dtype == torch.float32
    assert torch.allclose(waves.abs().amax(dim=1), torch.ones(40))
    assert instruments.bincount().tolist() == [20, 20] and len(instruments[:10].unique()) == 2
    assert notes.share_in_tune(waves, key) == 1
    assert notes.share_in_tune(waves, (key + 1) % 13) == 0  # asked for another
    assert notes.example_notes(20, key)[0].equal(waves)


def test_notes_begin_and_end_without_a_click():
    """The first and the last half millisecond are far below the loudest, whatever the wave is."""
    wave = notes.soften(torch.ones(1, notes.LENGTH))[0]
    assert wave[0] == 0 and wave[:4].max() < 0.02 and wave[-4:].max() < 0.02
    assert wave[40:-160].min() == 1 and (wave[1:] - wave[:-1]).abs().max() < 0.04
    assert examples()[0][:, 0].abs().max() == 0 and examples()[0][:, -4:].abs().max() < 0.02


def test_a_string_loses_strength_with_each_turn():
    """Whatever has a period of the ring's length is multiplied by `loss` once a period."""
    place, brightness = np.array([0.3]), np.array([0.0])  # a brightness of 0: one partial
    wave = notes.plucked_string(400, brightness, place, np.array([0.9]))[0]
    first, later = np.abs(wave[:200]).max(), np.abs(wave[2000:2200]).max()  # 100 periods apart
    per_turn = 0.9 * np.cos(np.pi * 400 / notes.SAMPLE_RATE)  # Karplus and Strong's decay
    assert (later / first) ** (1 / 100) == pytest.approx(per_turn, abs=0.003)


def test_a_bar_has_partials_at_1_and_4():
    wave = torch.from_numpy(notes.struck_bar(500.0, np.array([0.5]), np.array([6.0])))
    power = torch.fft.rfft(wave[0]).abs()
    loudest = power.topk(200).indices * notes.SAMPLE_RATE / notes.LENGTH
    assert set(loudest[:1].tolist()) == {500} and 2000 in loudest.tolist()
    assert power[750] < power[250] / 50  # 1500 hertz


def test_a_single_wheel_swings_as_told():
    loudness = torch.zeros(1, notes.PLAYED, notes.PARTS + 1)
    loudness[0, 9] = torch.linspace(1, 0, notes.PARTS + 1)
    seconds = torch.arange(notes.LENGTH) / notes.SAMPLE_RATE
    for key, pitch in ((0, 440), (12, 880)):  # another key is other wheels
        wave = notes.turn_wheels(loudness, key)
        by_hand = torch.sin(2 * torch.pi * pitch * seconds) * (1 - seconds / 0.5)
        assert torch.allclose(wave[0], notes.soften(by_hand), atol=1e-3)


def test_listening_hears_the_wheel_and_its_loudness():
    seconds = torch.arange(notes.LENGTH) / notes.SAMPLE_RATE
    tone = torch.sin(2 * torch.pi * notes.frequency(20) * seconds)
    heard = notes.listen(torch.stack([tone, tone / 10, 0 * tone]))
    assert heard.shape == (3, notes.WHEELS, notes.PARTS)
    middle = heard[:, :, 16]
    assert middle[0].argmax() == middle[1].argmax() == 20
    assert 7 * (middle[0, 20] - middle[1, 20]) == pytest.approx(20, abs=0.1)  # a tenth: 20 dB
    assert heard[2].abs().max() < 1e-5


def test_the_detector_finds_mistuned_notes(monkeypatch):
    tone = notes.pure_tones(3)
    assert notes.detected_pitch(tone).tolist() == pytest.approx([523.25] * 3, abs=0.1)
    for key, in_tune in ((12.2, 1), (11.6, 0)):  # off by 20 and by 40 cents
        monkeypatch.setattr(notes, "LEARNED", key)  # of the tones; the measure keeps its own
        assert notes.share_in_tune(notes.pure_tones(3)) == in_tune
    noise = torch.randn(200, notes.LENGTH, generator=torch.Generator().manual_seed(0))
    assert notes.share_in_tune(noise) < 0.3


def test_the_measure_on_known_sets():
    waves, which = examples()
    seen, held_out = (waves[:200], which[:200]), (waves[200:], which[200:])
    near = notes.measure(*seen, *held_out)
    exact = notes.measure(*held_out, *held_out)
    assert near.in_tune == 1 and exact.off < 0.05 and exact.missed < 0.05
    swapped = notes.measure(seen[0], 1 - seen[1], *held_out)
    noisy = seen[0] + 0.05 * torch.randn(200, 4000, generator=torch.Generator().manual_seed(0))
    noisy = notes.measure(noisy, seen[1], *held_out)
    assert near.off < swapped.off / 2 and near.off < noisy.off / 2
    one = torch.stack([waves[which == each][0] for each in (0, 1)])[held_out[1]]
    collapsed = notes.measure(one, held_out[1], *held_out)  # near to life, and always the same
    assert collapsed.off < 3 * near.off and collapsed.missed > 3 * near.missed
    assert collapsed.spread == pytest.approx(0, abs=1e-3) and near.spread > 0.3


def test_the_mean_note_has_the_mean_spectrum():
    waves, which = examples()
    mean = notes.mean_notes(waves, which)
    assert mean.shape == (2, 4000)
    for each in (0, 1):
        wanted = notes.listen(waves[which == each]).mean(dim=0)
        assert 7 * (notes.listen(mean[each : each + 1])[0] - wanted).square().mean().sqrt() < 1


def test_tune_and_figure():
    waves, _ = examples()
    whole = notes.tune(waves[:3], seconds=0.25)
    assert whole.shape == (2 * 2000 + 4000,)
    assert whole[:2000].equal(waves[0, :2000])
    assert torch.allclose(whole[2000:4000], waves[0, 2000:] + waves[1, :2000])
    assert len(notes.show({"GAN": waves[:2], "真的 · real": waves[2:4]}, ["一", "二"]).axes) == 8
    notes.plt.close("all")


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/audio")


def trained(here, count):
    """The notebook's generator after so many of its steps: 80 notes, and their instruments."""
    torch.manual_seed(0)
    generator = here.NoteGenerator(here.LATENT_DIM)
    waves, which = examples()
    cells.train(
        here,
        generator,
        here.NoteDiscriminator(),
        waves[:320],
        one_hot(which[:320]).float(),
        steps=here.steps,
        count=count,
        latent_dim=here.LATENT_DIM,
        epochs=here.EPOCHS,
    )
    with torch.no_grad():
        z = torch.randn(80, here.LATENT_DIM, generator=torch.Generator().manual_seed(1))
        return generator.eval()(z, one_hot(which[320:]).float()), which[320:]


def test_shapes_and_the_logit_that_counts():
    here = notebook()
    generator, discriminator = here.NoteGenerator(7), here.NoteDiscriminator()
    instrument = torch.tensor([[1.0, 0], [0, 1], [0, 1]])
    loudness = generator.loudness(torch.randn(3, 7), instrument)
    assert loudness.shape == (3, notes.PLAYED, notes.PARTS + 1) and loudness.min() > 0
    waves = generator(torch.randn(3, 7), instrument)
    assert waves.shape == (3, notes.LENGTH)
    logits = discriminator(waves, instrument)
    both = discriminator.model(notes.listen(waves))
    assert logits.shape == (3, 1)
    assert logits[:, 0].equal(torch.stack([both[0, 0], both[1, 1], both[2, 1]]))


def test_training_finds_the_wheels_and_comes_nearer_to_real_notes():
    waves, which = examples()
    before, after = (
        notes.measure(*trained(notebook(), count), waves[320:], which[320:]) for count in (0, 120)
    )
    assert before.in_tune < 0.1 and after.in_tune > 0.9
    assert after.off < before.off / 2


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/audio",
        lambda here: trained(here, 4)[0],
        non_saturating_generator_loss=lambda logits: logits.square().mean(),
    )
