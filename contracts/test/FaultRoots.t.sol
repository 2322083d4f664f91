// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FaultProver} from "../src/FaultProver.sol";
import {EpochRoot} from "../src/Types.sol";
import {FaultsFixture} from "./support/FaultsFixture.sol";
import {VM} from "./support/Vm.sol";

/// Two consensus roots of one epoch and round: proven whenever there are two, and never otherwise.
contract FaultRootsTest is FaultsFixture {
    bytes private _calldata;
    EpochRoot private _a;
    bytes private _sigA;
    EpochRoot private _b;
    bytes private _sigB;

    function setUp() external {
        deploy(1_700_000_000, 1);
        _calldata = data(".twoRoots.calldata");
        address validator;
        (validator, _a, _sigA, _b, _sigB) =
            abi.decode(argumentsOf(_calldata), (address, EpochRoot, bytes, EpochRoot, bytes));
        same(validator, ALICE, "validator");
    }

    function _call(EpochRoot memory a, bytes memory sigA, EpochRoot memory b, bytes memory sigB)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(FaultProver.proveTwoRoots, (ALICE, a, sigA, b, sigB));
    }

    function _key() private view returns (bytes32) {
        return prover.rootsKey(ALICE, EPOCH, _a.round);
    }

    function _altered(uint8 field, bytes32 salt) private view returns (EpochRoot memory root) {
        root = _a;
        if (field % 7 == 0) root.scoreRoot ^= salt;
        if (field % 7 == 1) root.rewardRoot ^= salt;
        if (field % 7 == 2) root.penaltyRoot ^= salt;
        if (field % 7 == 3) root.reportSetHash ^= salt;
        if (field % 7 == 4) root.nodeSetRoot ^= salt;
        if (field % 7 == 5) root.previousRoot ^= salt;
        if (field % 7 == 6) root.policyHash ^= salt;
    }

    function test_Vector() external {
        same(_key(), word(".twoRoots.faultKey"), "key");
        same(registry.hashRoot(_a), word(".twoRoots.a.rootHash"), "hash");
        same(digestOf(registry.hashRoot(_b)), word(".twoRoots.b.digest"), "digest");
        expectProven(_calldata, 2, ALICE, 0, 500_000, _key());
        expectRefused(_call(_b, _sigB, _a, _sigA), abi.encodeWithSelector(FaultProver.AlreadyProven.selector, _key()));
    }

    function test_AtTheLastMoment() external {
        VM.warp(provableUntil(EPOCH));
        expectProven(_calldata, 2, ALICE, 0, 500_000, _key());
    }

    function testFuzz_TooLateNever(uint256 later, uint8 field, bytes32 salt) external {
        VM.assume(salt != 0);
        EpochRoot memory b = _altered(field, salt);
        expectTooOld(_call(_a, _sigA, b, signRoot(SIGNER_KEY, b, true)), later);
    }

    /// Each round of an epoch in which it happens is a fault of its own.
    function testFuzz_AnyTwo(uint8 field, bytes32 salt, uint32 round, bool compactA, bool compactB) external {
        VM.assume(salt != 0);
        (EpochRoot memory a, EpochRoot memory b) = (_a, _altered(field, salt));
        for (uint32 i = 0; i < 2; ++i) {
            unchecked {
                (a.round, b.round) = (round + i, round + i);
            }
            bytes memory sigA = signRoot(SIGNER_KEY, a, compactA);
            bytes memory sigB = signRoot(SIGNER_KEY, b, compactB);
            bytes32 key = prover.rootsKey(ALICE, EPOCH, a.round);
            expectProven(_call(a, sigA, b, sigB), 2, ALICE, 0, 500_000, key);
        }
    }

    function testFuzz_OneRootNever(uint8 field, bytes32 salt, bool compactA, bool compactB) external {
        EpochRoot memory root = _altered(field, salt);
        bytes memory sigA = signRoot(SIGNER_KEY, root, compactA);
        bytes memory sigB = signRoot(SIGNER_KEY, root, compactB);
        bytes memory reason = abi.encodeWithSelector(FaultProver.SameRoot.selector, registry.hashRoot(root));
        expectRefused(_call(root, sigA, root, sigB), reason);
    }

    /// A later round may bring another root, as reports were left out or came in: no fault.
    function testFuzz_OtherRoundsNever(uint8 field, bytes32 salt, uint32 round) external {
        VM.assume(round != _a.round);
        EpochRoot memory b = _altered(field, salt);
        b.round = round;
        bytes memory reason = abi.encodeWithSelector(FaultProver.OtherRound.selector, _a.round, round);
        expectRefused(_call(_a, _sigA, b, signRoot(SIGNER_KEY, b, true)), reason);
    }

    function testFuzz_OtherEpochsNever(uint64 epoch) external {
        VM.assume(epoch != EPOCH);
        EpochRoot memory b = _b;
        b.epoch = epoch;
        registry.setSigner(ALICE, epoch, VM.addr(SIGNER_KEY));
        bytes memory reason = abi.encodeWithSelector(FaultProver.OtherEpoch.selector, EPOCH, epoch);
        expectRefused(_call(_a, _sigA, b, signRoot(SIGNER_KEY, b, true)), reason);
    }

    function testFuzz_OtherKeysNever(uint256 key, bool compact) external {
        key = between(key, 1, SECP256K1_ORDER - 1);
        VM.assume(key != SIGNER_KEY);
        bytes memory reason =
            abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(SIGNER_KEY), VM.addr(key));
        expectRefused(_call(_a, _sigA, _b, signRoot(key, _b, compact)), reason);
        expectRefused(_call(_a, signRoot(key, _a, compact), _b, _sigB), reason);
    }

    /// Another validator's two signatures are its own fault.
    function test_OtherValidatorsNever() external {
        bytes memory call = abi.encodeCall(FaultProver.proveTwoRoots, (BOB, _a, _sigA, _b, _sigB));
        expectRefused(call, abi.encodeWithSelector(FaultProver.ValidatorNotActive.selector, BOB, EPOCH));
        registry.setSigner(BOB, EPOCH, VM.addr(5));
        bytes memory reason = abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(5), VM.addr(SIGNER_KEY));
        expectRefused(call, reason);
    }

    function test_HighSNever() external {
        bytes memory reason = abi.encodeWithSelector(FaultProver.WrongSigner.selector, VM.addr(SIGNER_KEY), address(0));
        expectRefused(_call(_a, _sigA, _b, highS(signRoot(SIGNER_KEY, _b, false))), reason);
    }
}
