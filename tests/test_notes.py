"""Notes: strings and bars in tune, the wheels, the networks, training, and the measures."""

import numpy as np
import pytest
import torch

from gan_lesson.applications import notes


@pytest.fixture(scope="module")
def examples():
    return notes.example_notes(20)


def test_frequencies():
    assert notes.frequency(9) == 440 and notes.frequency(-3) == 220
    assert notes.frequency(0) == pytest.approx(261.63, abs=0.01)
    assert notes.frequency(notes.WHEELS - 1) < notes.SAMPLE_RATE / 2


def test_examples_are_in_tune_mixed_and_repeat(examples):
    waves, keys, instruments = examples
    assert waves.shape == (520, 4000) and waves.dtype == torch.float32
    assert torch.allclose(waves.abs().amax(dim=1), torch.ones(520))
    assert (keys.bincount(minlength=13) == 40).all() and (instruments.bincount() == 260).all()
    assert len(keys[:100].unique()) == 13
    assert notes.cents_off(waves, keys).abs().max() < 2
    assert notes.example_notes(20)[0].equal(waves)


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
    loudness = torch.zeros(1, notes.WHEELS, notes.PARTS + 1)
    loudness[0, 9] = torch.linspace(1, 0, notes.PARTS + 1)
    wave = notes.turn_wheels(loudness)
    seconds = torch.arange(notes.LENGTH) / notes.SAMPLE_RATE
    by_hand = torch.sin(2 * torch.pi * 440 * seconds) * (1 - seconds / 0.5)
    assert torch.allclose(wave[0], by_hand, atol=1e-3)


def test_listening_hears_the_wheel_and_its_loudness():
    seconds = torch.arange(notes.LENGTH) / notes.SAMPLE_RATE
    tone = torch.sin(2 * torch.pi * notes.frequency(20) * seconds)
    heard = notes.listen(torch.stack([tone, tone / 10, 0 * tone]))
    assert heard.shape == (3, notes.WHEELS, notes.PARTS)
    middle = heard[:, :, 16]
    assert middle[0].argmax() == middle[1].argmax() == 20
    assert 7 * (middle[0, 20] - middle[1, 20]) == pytest.approx(20, abs=0.1)  # a tenth: 20 dB
    assert heard[2].abs().max() < 1e-5


def test_shift_by_hand():
    wheels = torch.zeros(2, notes.WHEELS, 3)
    wheels[:, 12], wheels[:, 47] = 1, 2
    up = notes.shift(wheels, torch.tensor([0, 5]))
    assert up[0].equal(wheels[0])
    assert up[1, 17].tolist() == [1, 1, 1] and up[1].sum() == 3  # the highest fell off
    down = notes.shift(wheels, torch.tensor([-12, -12]))
    assert down[0, 0].tolist() == [1, 1, 1] and down[0, 35].tolist() == [2, 2, 2]
    assert down.sum() == 18


def test_shapes_and_the_logit_that_counts():
    generator, discriminator = notes.build_networks()
    keys, instruments = torch.tensor([0, 6, 12]), torch.tensor([0, 1, 1])
    waves = generator(torch.randn(3, notes.Z_LENGTH), keys, instruments)
    assert waves.shape == (3, notes.LENGTH)
    heard = notes.listen(waves)
    logits = discriminator(heard, instruments)
    assert logits.shape == (3, 1)
    assert logits[1, 0] == discriminator.model(heard)[1, 1]
    assert notes.condition(keys, instruments).tolist() == [[-1, 1, 0], [0, 0, 1], [1, 0, 1]]
    assert (
        notes.build_networks()[0]
        .state_dict()["model.0.weight"]
        .equal(generator.state_dict()["model.0.weight"])
    )


def test_the_detector_finds_mistuned_notes(examples):
    waves, keys, _ = examples
    assert notes.share_in_tune(waves, keys) == 1
    assert notes.share_in_tune(waves, (keys + 1) % 13) == 0  # asked for another
    sharp = notes.pure_tones(keys + 0.4)  # 40 cents
    assert notes.share_in_tune(sharp, keys) == 0
    assert torch.allclose(notes.cents_off(sharp, keys), torch.tensor(40.0).double(), atol=2)
    noise = torch.randn(200, notes.LENGTH, generator=torch.Generator().manual_seed(0))
    assert notes.share_in_tune(noise, torch.arange(200) % 13) < 0.3


def test_the_distance_tells_timbres_apart(examples):
    waves, keys, instruments = examples
    seen, held_out = [part[:400] for part in examples], [part[400:] for part in examples]
    near = notes.decibels_from_real(seen, held_out)
    sine = notes.decibels_from_real((notes.pure_tones(keys), keys, instruments), held_out)
    other = notes.decibels_from_real((waves, keys, 1 - instruments), held_out)
    noisy = waves + 0.05 * torch.randn(waves.shape, generator=torch.Generator().manual_seed(0))
    noisy = notes.decibels_from_real((noisy, keys, instruments), held_out)
    assert near < sine / 2 and near < other / 2 and near < noisy / 2
    assert notes.decibels_from_real(held_out, held_out) < 0.05


def test_brightness_of_a_tone_and_its_octave():
    tone = notes.pure_tones(torch.tensor([0]))
    assert notes.brightness_of(tone)[0] == pytest.approx(1, abs=0.02)
    both = notes.brightness_of(tone + notes.pure_tones(torch.tensor([12])))  # the mean of 1 and 2
    assert both[0] == pytest.approx(1.5, abs=0.02)


def test_tune_and_figure(examples):
    waves, _, _ = examples
    whole = notes.tune(waves[:3], seconds=0.25)
    assert whole.shape == (2 * 2000 + 4000,)
    assert whole[:2000].equal(waves[0, :2000])
    assert torch.allclose(whole[2000:4000], waves[0, 2000:] + waves[1, :2000])
    assert len(notes.show({"GAN": waves[:2], "真的 · real": waves[2:4]}, ["一", "二"]).axes) == 8
    notes.plt.close("all")


def trained(steps):
    waves, keys, instruments = notes.example_notes(40)
    seen = [part[:832] for part in (waves, keys, instruments)]
    held_out = [part[832:] for part in (waves, keys, instruments)]
    generator, discriminator = notes.build_networks()
    before = torch.get_rng_state()
    progress = list(notes.train(generator, discriminator, *seen, steps=steps))
    assert torch.get_rng_state().equal(before)
    return progress, notes.play_notes(generator, *held_out[1:]), held_out


def test_training_finds_the_pitch_and_comes_nearer_to_real_notes_and_repeats():
    untrained, held_out = trained(0)[1:]
    assert notes.share_in_tune(untrained, held_out[1]) < 0.1
    progress, played, _ = trained(150)
    assert notes.share_in_tune(played, held_out[1]) > 0.9
    distances = [
        notes.decibels_from_real((waves, *held_out[1:]), held_out) for waves in (played, untrained)
    ]
    assert distances[0] < distances[1] / 2
    again, played_again, _ = trained(150)
    assert again == progress and played.equal(played_again)
