// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {Challenge} from "../src/FaultTypes.sol";
import {EpochReport} from "../src/Types.sol";
import {Drand} from "../src/bls/Drand.sol";
import {PolicyText} from "../src/faults/PolicyText.sol";
import {FaultsFixture} from "./support/FaultsFixture.sol";
import {VM} from "./support/Vm.sol";
import {VMX} from "./support/VmMore.sol";

/// Challenges that were not drawn, and above all those that were: over a real round of quicknet, and over a key of our own.
abstract contract FaultUndrawnTest is FaultsFixture {
    bytes32 private constant CHALLENGE_TYPEHASH = keccak256(
        "Challenge(uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 paramsHash,bytes32 nonce,uint64 deadline)"
    );

    /// @dev Which of the file's two networks.
    uint256 internal immutable NETWORK;

    Challenge internal _drawn;
    bytes internal _sig;
    EpochReport internal _report;
    bytes internal _round;
    bytes internal _prefix;
    bytes internal _suffix;
    uint32 internal _audits;
    bytes32[] internal _nodeIds;
    uint256[] internal _slots;
    uint256[] internal _draws;
    uint256[] internal _nodes;
    /// Operators of the nodes, in the nodes' order.
    address[] internal _operators;

    constructor(uint256 network) {
        NETWORK = network;
    }

    function _path(string memory field) internal view returns (string memory) {
        return string.concat(".undrawn[", VM.toString(NETWORK), "]", field);
    }

    function setUp() public virtual {
        load("test/vectors/faults.json");
        deploy(uint64(number(_path(".setting.genesis"))), NETWORK);
        (_drawn, _sig, _report, _round, _prefix, _suffix, _audits) = abi.decode(
            argumentsOf(data(_path(".honest.calldata"))), (Challenge, bytes, EpochReport, bytes, bytes, bytes, uint32)
        );
        registry.setValidatorCount(uint32(number(_path(".setting.validatorCount"))));
        registry.setReport(ALICE, EPOCH, registry.hashReport(_report));
        _nodeIds = words(_path(".nodeIds"));
        for (uint256 i = 0; i < _nodeIds.length; ++i) {
            (uint256 x, uint256 y) = VM.publicKeyP256(i + 1);
            _operators.push(account(string.concat(_path(".operators["), VM.toString(i), "]")));
            same(registry.addNode(_operators[i], bytes32(x), bytes32(y)), _nodeIds[i], "node");
        }
        _slots = numbers(_path(".drawn.slots"));
        _draws = numbers(_path(".drawn.draws"));
        _nodes = numbers(_path(".drawn.nodes"));
    }

    // ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    function _sign(uint256 key, Challenge memory c) internal view returns (bytes memory) {
        return signDigest(key, digestOf(keccak256(abi.encode(CHALLENGE_TYPEHASH, c))), false);
    }

    function _call(Challenge memory c, bytes memory sig) internal view returns (bytes memory) {
        return abi.encodeCall(FaultProver.proveUndrawn, (c, sig, _report, _round, _prefix, _suffix, _audits));
    }

    function _challenge(uint256 slot, uint256 draw, bytes32 nodeId) internal view returns (bytes memory) {
        Challenge memory c = _drawn;
        (c.slot, c.draw, c.nodeId) = (uint32(slot), uint32(draw), nodeId);
        return _call(c, _sign(SIGNER_KEY, c));
    }

    function _expectGuilty(bytes memory call) internal {
        expectProven(call, 3, ALICE, 0, 100_000, prover.undrawnKey(ALICE, EPOCH));
    }

    function _expectDrawn(uint256 i) internal {
        _expectMember(i, 0, _nodes[i]);
    }

    /// @dev At this place of the cohort around draw i the node is no fault.
    function _expectMember(uint256 i, uint256 place, uint256 node) internal {
        uint256 number = _draws[i] + (place << 20);
        bytes memory reason =
            abi.encodeWithSelector(FaultProver.ChallengeWasDrawn.selector, _slots[i], number, _nodes[i]);
        expectRefused(_challenge(_slots[i], number, _nodeIds[node]), reason);
    }

    // ── guilty ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    function _vector(uint256 i) internal {
        string memory path = string.concat(_path(".guilty["), VM.toString(i), "]");
        same(prover.undrawnKey(ALICE, EPOCH), word(_path(".faultKey")), "key");
        _expectGuilty(data(string.concat(path, ".calldata")));
    }

    function test_VectorOtherNode() external {
        _vector(0);
    }

    function test_AtTheLastMoment() external {
        VM.warp(provableUntil(EPOCH));
        _vector(1);
    }

    function testFuzz_TooLateNever(uint256 later) external {
        expectTooOld(data(string.concat(_path(".guilty[0]"), ".calldata")), later);
    }

    function test_VectorNoNode() external {
        _vector(1);
    }

    function test_VectorDrawBeyond() external {
        _vector(2);
    }

    function test_VectorSlotBeyond() external {
        _vector(3);
    }

    function test_VectorMemberOfAnotherOperator() external {
        _vector(4);
    }

    function test_VectorDrawnNodeAsItsMember() external {
        _vector(5);
    }

    function test_VectorSixthMember() external {
        _vector(6);
    }

    function test_VectorMemberOfADrawBeyond() external {
        _vector(7);
    }

    /// A member that nobody registered, or that is not in effect yet at the epoch, was drawn by nobody.
    function test_MembersThatAreNoNodes() external {
        uint256 last = _slots.length - 1;
        _expectGuilty(_challenge(_slots[last], _draws[last] + (1 << 20), "no node"));
    }

    function test_MembersNotYetInEffect() external {
        uint256 i = 0;
        while (_nodes[i] != 0) ++i;
        _expectMember(i, 1, 2);
        registry.setNodeLimit(2);
        _expectGuilty(_challenge(_slots[i], _draws[i] + (1 << 20), _nodeIds[2]));
    }

    function test_TheHighestPlaces() external {
        _expectGuilty(_challenge(type(uint32).max, type(uint32).max, _nodeIds[0]));
    }

    // ── honest ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Every draw of the epoch: an honest validator signs all of these.
    function test_NoDrawnChallengeEver() external {
        expectRefused(
            data(_path(".honest.calldata")),
            abi.encodeWithSelector(
                FaultProver.ChallengeWasDrawn.selector, _drawn.slot, _drawn.draw, registry.nodeIndexOf(_drawn.nodeId)
            )
        );
        same(_slots.length, number(_path(".drawCount")), "all draws");
        for (uint256 i = 0; i < _slots.length; ++i) {
            _expectDrawn(i);
        }
    }

    function _memberOf(uint256 i) internal view returns (Challenge memory c) {
        bytes memory call = data(string.concat(_path(".members["), VM.toString(i), "].calldata"));
        (c,,,,,,) = abi.decode(argumentsOf(call), (Challenge, bytes, EpochReport, bytes, bytes, bytes, uint32));
    }

    function test_VectorsOfMembers() external {
        for (uint256 i = 0; i < 2; ++i) {
            Challenge memory c = _memberOf(i);
            bytes memory reason = abi.encodeWithSelector(
                FaultProver.ChallengeWasDrawn.selector, c.slot, c.draw, registry.nodeIndexOf(_drawn.nodeId)
            );
            expectRefused(data(string.concat(_path(".members["), VM.toString(i), "].calldata")), reason);
        }
    }

    /// A spot is drawn by nobody and signed for "Assay Spot": the signature recovers to somebody else, so that it proves nothing.
    function test_SpotsNever() external {
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay Spot"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        Challenge memory c = _drawn;
        (c.slot, c.draw) = (0, 3_000_000_001);
        bytes32 structHash = keccak256(abi.encode(CHALLENGE_TYPEHASH, c));
        bytes memory spot = signDigest(SIGNER_KEY, keccak256(abi.encodePacked(hex"1901", separator, structHash)), false);
        (bool success, bytes memory returned) = address(prover).call(_call(c, spot));
        no(success, "refused");
        same(bytes32(bytes4(returned)), FaultProver.WrongSigner.selector, "why");
        _expectGuilty(_call(c, _sign(SIGNER_KEY, c))); // signed as scheduled it is a fault
    }

    // ── the beacon ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Another round's signature, true as it is, would draw other nodes.
    function test_OtherRoundsNever() external {
        bytes memory other = data(string.concat(".drand[", VM.toString(NETWORK), "].rounds[0].point"));
        uint64 round = uint64(number(_path(".round.round")));
        _round = other;
        expectRefused(_call(_drawn, _sig), abi.encodeWithSelector(FaultProver.WrongRoundSignature.selector, round));
        _round = new bytes(128);
        expectRefused(_call(_drawn, _sig), abi.encodeWithSelector(FaultProver.WrongRoundSignature.selector, round));
        _round = "";
        expectRefused(_call(_drawn, _sig), abi.encodeWithSelector(Drand.WrongSignatureLength.selector, 0));
    }

    /// A policy with another beacon than the prover's: round numbers mean something else there, so nothing is proven.
    function test_OtherBeaconsNever() external {
        FaultProver other = new FaultProver(address(registry), address(stakes), drandKey(1 - NETWORK));
        (bool success, bytes memory returned) = address(other).call(_call(_drawn, _sig));
        no(success, "refused");
        same(bytes32(bytes4(returned)), PolicyText.OtherBeacon.selector, "why");
    }

    // ── the policy ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// A number is proven as a whole: not by its first digits with the others at the head of the rest.
    function test_Parts() external {
        bytes memory digits = bytes(VM.toString(_audits));
        for (uint256 count = 1; count < digits.length; ++count) {
            uint32 part;
            bytes memory rest;
            for (uint256 i = 0; i < digits.length; ++i) {
                if (i < count) part = part * 10 + uint8(digits[i]) - 48;
                else rest = bytes.concat(rest, digits[i]);
            }
            bytes memory call = abi.encodeCall(
                FaultProver.proveUndrawn, (_drawn, _sig, _report, _round, _prefix, bytes.concat(rest, _suffix), part)
            );
            expectRefused(call, abi.encodeWithSelector(PolicyText.NumberNotEnded.selector, digits[count]));
        }
    }

    function test_NothingAfterTheNumber() external {
        _suffix = "";
        expectRefused(_call(_drawn, _sig), abi.encodeWithSelector(PolicyText.NumberNotEnded.selector, bytes1(0)));
    }

    /// Where the chain has no pairing, nothing is proven, and the error says so.
    function test_MissingPrecompile() external {
        VMX.mockCall(address(0x0f), "", "");
        (bool success,) = address(prover).call(data(string.concat(_path(".guilty[0]"), ".calldata")));
        no(success, "refused");
        VMX.clearMockedCalls();
        _vector(0);
    }
}

contract FaultUndrawnQuicknetTest is FaultUndrawnTest(0) {
    function test_TheRoundIsAReal() external view {
        same(number(".undrawn[0].round.round"), 657_413, "one that drand published");
    }
}

contract FaultUndrawnOwnKeyTest is FaultUndrawnTest(1) {
    bytes private _guilty;

    function setUp() public override {
        super.setUp();
        _guilty = data(string.concat(_path(".guilty[0]"), ".calldata"));
    }

    /// Each other node in place of the drawn one.
    function testFuzz_OtherNodes(uint256 i, uint256 step) external {
        i = between(i, 0, _slots.length - 1);
        uint256 other = (_nodes[i] + between(step, 1, _nodeIds.length - 1)) % _nodeIds.length;
        _expectGuilty(_challenge(_slots[i], _draws[i], _nodeIds[other]));
    }

    /// All places of a cohort, for each node: another one of the drawn node's operator is no fault at the first five.
    function testFuzz_Members(uint256 i, uint256 place, uint256 node) external {
        i = between(i, 0, _slots.length - 1);
        place = between(place, 1, 4095);
        if (place % 4 != 0) place = 1 + place % 7;
        node = between(node, 0, _nodeIds.length - 1);
        if (place <= 5 && node != _nodes[i] && _operators[node] == _operators[_nodes[i]]) _expectMember(i, place, node);
        else _expectGuilty(_challenge(_slots[i], _draws[i] + (place << 20), _nodeIds[node]));
    }

    /// Places that the other implementation has judged, one after another and in any order.
    function testFuzz_PlacesAsTheVectorsHaveThem(uint256 i) external {
        uint256[] memory undrawn = numbers(_path(".places.undrawn"));
        i = between(i, 0, undrawn.length - 1);
        uint256 number = numbers(_path(".places.draws"))[i];
        bytes memory call = _challenge(
            numbers(_path(".places.slots"))[i], number, _nodeIds[numbers(_path(".places.nodes"))[i]]
        );
        if (undrawn[i] == 1) return _expectGuilty(call);
        (bool success, bytes memory reason) = address(prover).call(call);
        no(success, "drawn");
        same(bytes32(bytes4(reason)), FaultProver.ChallengeWasDrawn.selector, "why");
    }

    /// No draw beyond a slot's last, no slot beyond an epoch's last, whatever node they name.
    function testFuzz_PlacesThatAreNone(uint32 slot, uint32 draw, uint256 node) external {
        slot = uint32(between(slot, 0, 2 * 60));
        for (uint256 i = 0; i < _slots.length; ++i) {
            if (_slots[i] == slot && _draws[i] >= draw) draw = uint32(_draws[i]) + 1;
        }
        _expectGuilty(_challenge(slot, draw, _nodeIds[between(node, 0, _nodeIds.length - 1)]));
    }

    /// Kind, parameters, nonce and deadline have no part in it.
    function testFuzz_OtherFieldsDontMatter(uint8 kind, bytes32 paramsHash, bytes32 nonce, uint64 deadline) external {
        Challenge memory c = _drawn;
        (c.kind, c.paramsHash, c.nonce, c.deadline) = (kind, paramsHash, nonce, deadline);
        bytes memory reason = abi.encodeWithSelector(
            FaultProver.ChallengeWasDrawn.selector, c.slot, c.draw, registry.nodeIndexOf(c.nodeId)
        );
        expectRefused(_call(c, _sign(SIGNER_KEY, c)), reason);
    }

    function testFuzz_OtherKeysNever(uint256 key) external {
        key = between(key, 1, SECP256K1_ORDER - 1);
        VM.assume(key != SIGNER_KEY);
        Challenge memory c = _drawn;
        c.nodeId = "no node";
        bytes memory reason =
            abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(SIGNER_KEY), VM.addr(key));
        expectRefused(_call(c, _sign(key, c)), reason);
        expectRefused(
            _call(c, highS(_sign(SIGNER_KEY, c))),
            abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(SIGNER_KEY), address(0))
        );
    }

    /// A challenge of one epoch isn't judged by the seed of another, nor by another validator's.
    function testFuzz_OtherReportsNever(uint64 epoch, address validator) external {
        VM.assume(epoch != EPOCH && validator != ALICE);
        Challenge memory c = _drawn;
        c.epoch = epoch;
        bytes memory reason = abi.encodeWithSelector(FaultProver.OtherEpoch.selector, epoch, EPOCH);
        expectRefused(_call(c, _sign(SIGNER_KEY, c)), reason);
        (c.epoch, c.validator) = (EPOCH, validator);
        reason = abi.encodeWithSelector(FaultProver.OtherValidator.selector, validator, ALICE);
        expectRefused(_call(c, _sign(SIGNER_KEY, c)), reason);
    }

    /// Only the posted report has the seed: one that was never posted, or altered, convicts nobody.
    function testFuzz_OnlyThePostedReport(bytes32 seed, bytes32 salt) external {
        VM.assume(seed != _report.seed && salt != 0);
        bytes32 posted = registry.hashReport(_report);
        registry.setReport(ALICE, EPOCH, 0);
        expectRefused(_guilty, abi.encodeWithSelector(FaultProver.NotThePostedReport.selector, 0, posted));
        registry.setReport(ALICE, EPOCH, posted ^ salt);
        expectRefused(_guilty, abi.encodeWithSelector(FaultProver.NotThePostedReport.selector, posted ^ salt, posted));

        registry.setReport(ALICE, EPOCH, posted);
        _report.seed = seed;
        bytes memory reason =
            abi.encodeWithSelector(FaultProver.NotThePostedReport.selector, posted, registry.hashReport(_report));
        expectRefused(_call(_drawn, _sig), reason);
    }

    /// The round follows from the policy; a report that names another (its validator's lie) changes nothing.
    function testFuzz_TheReportsRoundDoesntMatter(uint64 round) external {
        _report.beaconRound = round;
        registry.setReport(ALICE, EPOCH, registry.hashReport(_report));
        _expectDrawn(0);
        _expectGuilty(_challenge(_slots[0], _draws[0], "no node"));
    }

    function testFuzz_OtherNumbersNever(uint32 audits) external {
        VM.assume(audits != _audits);
        _audits = audits;
        (bool success, bytes memory returned) = address(prover).call(_call(_drawn, _sig));
        no(success, "refused");
        same(bytes32(bytes4(returned)), PolicyText.WrongPolicyText.selector, "why");
    }

    function testFuzz_OtherTextsNever(uint256 place, uint8 flip, bool second) external {
        bytes memory altered = second ? _suffix : _prefix;
        altered[between(place, second ? 1 : 0, altered.length - 1)] ^= bytes1(uint8(between(flip, 1, 255)));
        if (second) _suffix = altered;
        else _prefix = altered;
        (bool success, bytes memory returned) = address(prover).call(_call(_drawn, _sig));
        no(success, "refused");
        same(bytes32(bytes4(returned)), PolicyText.WrongPolicyText.selector, "why");
    }
}
