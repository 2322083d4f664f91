// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {Draws} from "../src/faults/Draws.sol";
import {PolicyText} from "../src/faults/PolicyText.sol";
import {FaultsFixture} from "./support/FaultsFixture.sol";
import {VM} from "./support/Vm.sol";

contract PolicyReader {
    function clock(bytes calldata prefix, bytes memory tail) external pure returns (PolicyText.BeaconClock memory) {
        return PolicyText.beaconClock(prefix, tail);
    }
}

/// The parts that a proof of an undrawn challenge is made of: draws, HMAC, the policy's text.
contract FaultDrawsTest is FaultsFixture {
    PolicyReader private _reader;
    bytes private _tail;

    function setUp() external {
        load("test/vectors/schedule.json");
        _reader = new PolicyReader();
        _tail = PolicyText.beaconTail("0xab");
    }

    /// All draws of the three epochs that every implementation must give.
    function test_ScheduleVectors() external view {
        for (uint256 i = 0; i < 3; ++i) {
            string memory path = string.concat(".cases[", VM.toString(i), "]");
            Draws.Plan memory plan = Draws.Plan({
                nodeCount: uint32(number(string.concat(path, ".setting.nodeCount"))),
                validatorCount: uint32(number(string.concat(path, ".setting.validatorCount"))),
                auditsPerNodePerDay: uint32(number(string.concat(path, ".setting.auditsPerNodePerDay"))),
                slotSeconds: uint32(number(string.concat(path, ".setting.slotSeconds"))),
                slotsPerEpoch: uint32(number(string.concat(path, ".setting.slotsPerEpoch")))
            });
            uint256[] memory counts = numbers(string.concat(path, ".slotCounts"));
            same(counts.length, plan.slotsPerEpoch, "slots");
            uint256 total;
            for (uint32 slot = 0; slot < counts.length; ++slot) {
                same(Draws.countIn(plan, slot), counts[slot], "draws of a slot");
                total += counts[slot];
            }
            same(total, number(string.concat(path, ".drawCount")), "draws of the epoch");
            _expectNodes(path, plan, total);
        }
    }

    function _expectNodes(string memory path, Draws.Plan memory plan, uint256 total) private view {
        bytes32 seed = word(string.concat(path, ".seed"));
        bytes32 beacon = word(string.concat(path, ".beacon"));
        // the files are large and every look at them reads them whole
        uint256 step = total < 20 ? 1 : total / 20;
        for (uint256 i = 0; i < total; i += step) {
            string memory entry = string.concat(path, ".draws[", VM.toString(i), "]");
            uint32 slot = uint32(number(string.concat(entry, ".slot")));
            uint32 draw = uint32(number(string.concat(entry, ".draw")));
            uint256 index = number(string.concat(entry, ".nodeIndex"));
            same(Draws.nodeIndex(seed, beacon, slot, draw, plan.nodeCount), index, entry);
        }
    }

    /// RFC 4231, test case 1's and 2's messages don't have keys of 32 bytes; this is the definition, written out.
    function testFuzz_Hmac(bytes32 key, bytes calldata message) external pure {
        bytes memory inner = new bytes(64);
        bytes memory outer = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            bytes1 part = i < 32 ? key[i] : bytes1(0);
            (inner[i], outer[i]) = (part ^ 0x36, part ^ 0x5c);
        }
        bytes32 expected = sha256(bytes.concat(outer, sha256(bytes.concat(inner, message))));
        same(Draws.hmac(key, message), expected, "hmac");
    }

    /// Slots share the epoch's draws without loss, for the largest numbers too; beyond the last slot there are none.
    function testFuzz_SlotsShareTheDraws(uint32 nodes, uint32 validators, uint32 audits, uint32 seconds_, uint8 slots)
        external
        pure
    {
        Draws.Plan memory plan =
            Draws.Plan(nodes, uint32(between(validators, 1, type(uint32).max)), audits, seconds_, slots);
        uint256 total;
        for (uint32 slot = 0; slot < slots; ++slot) {
            total += Draws.countIn(plan, slot);
        }
        uint256 wanted = uint256(nodes) * audits * seconds_ * slots;
        uint256 share = 86_400 * uint256(plan.validatorCount);
        same(total, wanted / share + (wanted % share == 0 ? 0 : 1), "all of them");
        same(Draws.countIn(plan, slots), 0, "none beyond");
        same(Draws.countIn(plan, type(uint32).max), 0, "none far beyond");
    }

    // ── the policy's text ───────────────────────────────────────────────────────────────────────────────────────────────

    function _beacon(string memory freshness, string memory genesis, string memory lead, string memory period)
        private
        pure
        returns (bytes memory)
    {
        return bytes.concat(
            abi.encodePacked('{"beacon":{"freshnessRounds":', freshness, ',"genesis":', genesis, ',"leadSeconds":'),
            abi.encodePacked(lead, ',"periodSeconds":', period),
            ',"publicKey":"0xab","scheme":"bls-unchained-g1-rfc9380"},"classes":[],"schedule":'
        );
    }

    function testFuzz_BeaconClock(uint64 freshness, uint64 genesis, uint64 lead, uint64 period) external view {
        bytes memory prefix =
            _beacon(VM.toString(freshness), VM.toString(genesis), VM.toString(lead), VM.toString(period));
        PolicyText.BeaconClock memory found = _reader.clock(prefix, _tail);
        same(found.genesis, genesis, "genesis");
        same(found.leadSeconds, lead, "lead");
        same(found.periodSeconds, period, "period");
    }

    /// Any other byte anywhere in the beacon is another beacon, but for a digit of its clock.
    function testFuzz_OtherBeacons(uint256 place, bytes1 value) external {
        bytes memory prefix = _beacon("3", "17", "30", "2");
        place = between(place, 0, prefix.length - bytes('"classes":[],"schedule":').length - 1);
        VM.assume(prefix[place] != value);
        bool digit = prefix[place] >= "0" && prefix[place] <= "9" && place < 90;
        VM.assume(!(digit && value >= "0" && value <= "9"));
        prefix[place] = value;
        (bool success, bytes memory returned) = address(_reader).call(abi.encodeCall(_reader.clock, (prefix, _tail)));
        no(success, "refused");
        same(bytes32(bytes4(returned)), PolicyText.OtherBeacon.selector, "why");
    }

    function test_OddBeacons() external {
        _expectOther(_beacon("3", "", "30", "2"), 41);
        _expectOther(_beacon("3", "-1", "30", "2"), 41);
        _expectOther(_beacon("3", "18446744073709551616", "30", "2"), 41);
        _expectOther(_beacon("3", "1.5", "30", "2"), 42);
        _expectOther("", 0);
        _expectOther('{"beacon":{"freshnessRounds":', 29);
    }

    function _expectOther(bytes memory prefix, uint256 offset) private {
        VM.expectRevert(abi.encodeWithSelector(PolicyText.OtherBeacon.selector, offset));
        _reader.clock(prefix, _tail);
    }

    // ── deployment ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_ProversNeedAddressesAndAKey() external {
        load("test/vectors/faults.json");
        FaultProver.DrandKey memory key = drandKey(0);
        VM.expectRevert(abi.encodeWithSelector(FaultProver.ZeroAddress.selector));
        new FaultProver(address(0), address(1), key);
        VM.expectRevert(abi.encodeWithSelector(FaultProver.ZeroAddress.selector));
        new FaultProver(address(1), address(0), key);
        FaultProver made = new FaultProver(address(1), address(2), key);
        same(keccak256(abi.encode(made.drandKey())), keccak256(abi.encode(key)), "key");
        same(address(made.REGISTRY()), address(1), "registry");
        same(address(made.STAKES()), address(2), "stakes");
    }
}
