// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../src/AuditRegistry.sol";
import {EpochClock} from "../src/EpochClock.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

contract EpochClockTest is RegistryTest {
    function test_HoldsWhatItWasGiven() external view {
        same(registry.GENESIS(), GENESIS, "genesis");
        same(registry.SLOT_SECONDS(), SLOT_SECONDS, "slot");
        same(registry.SLOTS_PER_EPOCH(), SLOTS_PER_EPOCH, "slots");
        same(registry.REPORT_SECONDS(), REPORT_SECONDS, "time to report");
        same(address(registry.STAKES()), address(stakes), "stakes");
        same(registry.policyAt(0), POLICY, "policy");
    }

    function test_IsZeroBeforeGenesis() external {
        VM.warp(GENESIS - 1);
        same(registry.currentEpoch(), 0, "before");
        VM.warp(0);
        same(registry.currentEpoch(), 0, "long before");
    }

    function test_TurnsExactlyAtTheBoundary() external {
        VM.warp(GENESIS + EPOCH_SECONDS - 1);
        same(registry.currentEpoch(), 0, "last second");
        VM.warp(GENESIS + EPOCH_SECONDS);
        same(registry.currentEpoch(), 1, "first second");
    }

    function testFuzz_CurrentEpochHoldsNow(uint64 genesis, uint32 slotSeconds, uint32 slots, uint64 elapsed) external {
        slotSeconds = uint32(between(slotSeconds, 1, type(uint32).max));
        slots = uint32(between(slots, 1, type(uint32).max));
        AuditRegistry.Setup memory setup = setupOf(address(stakes));
        (setup.genesis, setup.slotSeconds, setup.slotsPerEpoch) = (genesis, slotSeconds, slots);
        AuditRegistry clock = new AuditRegistry(setup);
        VM.warp(uint256(genesis) + elapsed);
        uint64 epoch = clock.currentEpoch();
        yes(clock.epochStart(epoch) <= block.timestamp, "has begun");
        yes(block.timestamp < clock.epochStart(epoch) + uint256(slotSeconds) * slots, "isn't over");
    }

    function testFuzz_EpochStartNeverOverflows(uint64 epoch) external view {
        same(registry.epochStart(epoch), GENESIS + uint256(epoch) * EPOCH_SECONDS, "start");
    }

    function test_EmptyEpochsAreRefused() external {
        AuditRegistry.Setup[3] memory setups =
            [setupOf(address(stakes)), setupOf(address(stakes)), setupOf(address(stakes))];
        setups[0].slotSeconds = 0;
        setups[1].slotsPerEpoch = 0;
        setups[2].reportSeconds = 0;
        for (uint256 i = 0; i < setups.length; ++i) {
            VM.expectRevert(abi.encodeWithSelector(EpochClock.EmptyEpoch.selector));
            new AuditRegistry(setups[i]);
        }
    }
}
